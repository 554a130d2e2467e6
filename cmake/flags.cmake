# SPDX-License-Identifier: Apache-2.0
# Every target links tc_flags; nothing sets a flag anywhere else.
option(TC_WERROR "warnings are errors" OFF)
option(TC_ASAN "AddressSanitizer and UndefinedBehaviorSanitizer" OFF)
option(TC_COVERAGE "gcov instrumentation" OFF)
option(TC_HARDEN "the hardening of a release build" OFF)

set(CMAKE_C_STANDARD 17)
set(CMAKE_C_STANDARD_REQUIRED ON)
set(CMAKE_C_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
if(NOT CMAKE_BUILD_TYPE)
    set(CMAKE_BUILD_TYPE RelWithDebInfo)
endif()

add_library(tc_flags INTERFACE)
target_compile_definitions(tc_flags INTERFACE _GNU_SOURCE TC_VERSION="${PROJECT_VERSION}")
target_include_directories(tc_flags INTERFACE ${PROJECT_SOURCE_DIR})
target_compile_options(tc_flags INTERFACE
    -Wall -Wextra -Wshadow -Wconversion -Wsign-conversion -Wcast-qual -Wwrite-strings
    -Wmissing-prototypes -Wstrict-prototypes -Wvla -Wformat=2 -Wundef -Wpointer-arith
    $<$<BOOL:${TC_WERROR}>:-Werror>)

if(TC_ASAN)
    target_compile_options(tc_flags INTERFACE
        -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer)
    target_link_options(tc_flags INTERFACE -fsanitize=address,undefined)
endif()
if(TC_FUZZ)
    target_compile_options(tc_flags INTERFACE -fsanitize=fuzzer-no-link)
endif()
if(TC_COVERAGE)
    target_compile_options(tc_flags INTERFACE --coverage -O0)
    target_link_options(tc_flags INTERFACE --coverage)
endif()
if(TC_HARDEN)
    target_compile_options(tc_flags INTERFACE
        -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2 -fstack-protector-strong -fstack-clash-protection
        $<$<STREQUAL:${CMAKE_SYSTEM_PROCESSOR},x86_64>:-fcf-protection=full>)
    target_link_options(tc_flags INTERFACE -pie -Wl,-z,relro,-z,now,-z,noexecstack)
endif()
