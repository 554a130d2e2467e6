# SPDX-License-Identifier: Apache-2.0
find_package(PkgConfig REQUIRED)
find_package(OpenSSL 3.0 REQUIRED COMPONENTS Crypto)
pkg_check_modules(CJSON REQUIRED IMPORTED_TARGET libcjson)
pkg_check_modules(LIBP11 REQUIRED IMPORTED_TARGET libp11>=0.4.12)
pkg_check_modules(P11KIT REQUIRED IMPORTED_TARGET p11-kit-1) # the Cryptoki header
pkg_check_modules(SECCOMP REQUIRED IMPORTED_TARGET libseccomp)
pkg_check_modules(ARCHIVE REQUIRED IMPORTED_TARGET libarchive)
pkg_check_modules(ICU REQUIRED IMPORTED_TARGET icu-i18n icu-uc)
pkg_check_modules(NCURSES REQUIRED IMPORTED_TARGET ncursesw)
if(TC_TESTS)
    pkg_check_modules(CMOCKA REQUIRED IMPORTED_TARGET cmocka)
endif()
