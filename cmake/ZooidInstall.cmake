# What `cmake --install` puts where: headers, library, command, CMake package, pkg-config file.

include(CMakePackageConfigHelpers)

install(
    TARGETS zooid
    EXPORT zooid-targets
    ARCHIVE DESTINATION "${CMAKE_INSTALL_LIBDIR}"
    LIBRARY DESTINATION "${CMAKE_INSTALL_LIBDIR}"
    RUNTIME DESTINATION "${CMAKE_INSTALL_BINDIR}")
if(TARGET zooid_cli)
    install(TARGETS zooid_cli RUNTIME DESTINATION "${CMAKE_INSTALL_BINDIR}")
endif()
install(
    DIRECTORY "${PROJECT_SOURCE_DIR}/include/zooid"
    DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}"
    FILES_MATCHING
    PATTERN "*.hpp"
    PATTERN "*.inc"
    PATTERN "testing" EXCLUDE) # the testing kit's library is not installed yet either

# Packages that the library's own link line names; a static library passes them on to whoever links it.
get_property(libraries GLOBAL PROPERTY ZOOID_LIBRARIES)
set(ZOOID_FIND_DEPENDENCIES "")
set(ZOOID_PC_REQUIRES "")
foreach(library IN LISTS libraries)
    if(library MATCHES "^OpenSSL::")
        list(APPEND ZOOID_FIND_DEPENDENCIES "find_dependency(OpenSSL)")
        list(APPEND ZOOID_PC_REQUIRES openssl)
    elseif(library MATCHES "^fmt::")
        list(APPEND ZOOID_FIND_DEPENDENCIES "find_dependency(fmt)")
        list(APPEND ZOOID_PC_REQUIRES fmt)
    elseif(NOT library MATCHES "^(Boost::headers|Boost::boost|Threads::Threads)$")
        message(FATAL_ERROR "cmake/ZooidInstall.cmake does not know how an installed zooid finds ${library}")
    endif()
endforeach()
list(REMOVE_DUPLICATES ZOOID_FIND_DEPENDENCIES)
list(REMOVE_DUPLICATES ZOOID_PC_REQUIRES)
list(JOIN ZOOID_FIND_DEPENDENCIES "\n" ZOOID_FIND_DEPENDENCIES)
list(JOIN ZOOID_PC_REQUIRES ", " ZOOID_PC_REQUIRES)
if(BUILD_SHARED_LIBS)
    set(ZOOID_PC_REQUIRES_LINE "Requires.private: ${ZOOID_PC_REQUIRES}")
else()
    set(ZOOID_PC_REQUIRES_LINE "Requires: ${ZOOID_PC_REQUIRES}")
endif()

set(package_dir "${CMAKE_INSTALL_LIBDIR}/cmake/zooid")
configure_package_config_file(
    "${CMAKE_CURRENT_LIST_DIR}/zooid-config.cmake.in" "${PROJECT_BINARY_DIR}/zooid-config.cmake"
    INSTALL_DESTINATION "${package_dir}")
write_basic_package_version_file("${PROJECT_BINARY_DIR}/zooid-config-version.cmake" COMPATIBILITY SameMinorVersion)
install(FILES "${PROJECT_BINARY_DIR}/zooid-config.cmake" "${PROJECT_BINARY_DIR}/zooid-config-version.cmake"
        DESTINATION "${package_dir}")
install(EXPORT zooid-targets NAMESPACE zooid:: DESTINATION "${package_dir}")

cmake_path(IS_ABSOLUTE CMAKE_INSTALL_LIBDIR libdir_is_absolute)
cmake_path(IS_ABSOLUTE CMAKE_INSTALL_INCLUDEDIR includedir_is_absolute)
set(ZOOID_PC_LIBDIR "\${prefix}/${CMAKE_INSTALL_LIBDIR}")
set(ZOOID_PC_INCLUDEDIR "\${prefix}/${CMAKE_INSTALL_INCLUDEDIR}")
if(libdir_is_absolute)
    set(ZOOID_PC_LIBDIR "${CMAKE_INSTALL_LIBDIR}")
endif()
if(includedir_is_absolute)
    set(ZOOID_PC_INCLUDEDIR "${CMAKE_INSTALL_INCLUDEDIR}")
endif()
# The prefix is relative to the file, so that `cmake --install --prefix` may choose another one than was configured.
cmake_path(SET pc_dir NORMALIZE "/${CMAKE_INSTALL_LIBDIR}/pkgconfig")
cmake_path(RELATIVE_PATH pc_dir BASE_DIRECTORY "/" OUTPUT_VARIABLE pc_dir)
string(REGEX REPLACE "[^/]+" ".." ZOOID_PC_UP "${pc_dir}")
configure_file("${CMAKE_CURRENT_LIST_DIR}/zooid.pc.in" "${PROJECT_BINARY_DIR}/zooid.pc" @ONLY)
install(FILES "${PROJECT_BINARY_DIR}/zooid.pc" DESTINATION "${CMAKE_INSTALL_LIBDIR}/pkgconfig")
