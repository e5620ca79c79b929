# How every target of this project is compiled: standard, warnings, sanitizers, compiler cache.

if(PROJECT_IS_TOP_LEVEL AND NOT DEFINED CMAKE_CXX_COMPILER_LAUNCHER)
    find_program(ZOOID_CCACHE ccache)
    mark_as_advanced(ZOOID_CCACHE)
    if(ZOOID_CCACHE)
        set(CMAKE_CXX_COMPILER_LAUNCHER "${ZOOID_CCACHE}")
    endif()
endif()
if(PROJECT_IS_TOP_LEVEL AND NOT CMAKE_BUILD_TYPE AND NOT CMAKE_CONFIGURATION_TYPES)
    set(CMAKE_BUILD_TYPE RelWithDebInfo)
endif()

add_library(zooid_compilation INTERFACE)
target_compile_features(zooid_compilation INTERFACE cxx_std_20)
target_compile_options(
    zooid_compilation
    INTERFACE -Wall
              -Wextra
              -Wpedantic
              -Wshadow
              -Wconversion
              -Wsign-conversion
              -Wnon-virtual-dtor
              -Wold-style-cast
              -Woverloaded-virtual)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    # GCC 12 takes the frames of Asio's coroutines for freed by the wrong function.
    target_compile_options(zooid_compilation INTERFACE -Wno-mismatched-new-delete)
    # Position-independent code may be inlined as any other, which is what Clang does in any case.
    target_compile_options(zooid_compilation INTERFACE -fno-semantic-interposition)
endif()
if(ZOOID_WERROR)
    target_compile_options(zooid_compilation INTERFACE -Werror)
endif()

# Instrumentation applies to the whole build, so it is set for the directory tree and not per target.
set(ZOOID_INSTRUMENTED OFF)
if(ZOOID_SANITIZE STREQUAL "address" OR ZOOID_FUZZ)
    set(ZOOID_INSTRUMENTED ON)
    add_compile_options(-fsanitize=address,undefined)
    add_link_options(-fsanitize=address,undefined)
    if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
        # GCC 12 sees ghosts inside Asio once AddressSanitizer has rewritten the code.
        target_compile_options(zooid_compilation INTERFACE -Wno-maybe-uninitialized)
    else()
        # UBSan's function check does not get along with coroutine frames.
        add_compile_options(-fno-sanitize=function)
    endif()
elseif(ZOOID_SANITIZE STREQUAL "thread")
    set(ZOOID_INSTRUMENTED ON)
    add_compile_options(-fsanitize=thread)
    add_link_options(-fsanitize=thread)
    if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
        target_compile_options(zooid_compilation INTERFACE -Wno-tsan)
    endif()
elseif(ZOOID_SANITIZE)
    message(FATAL_ERROR "ZOOID_SANITIZE must be address, thread or empty, not '${ZOOID_SANITIZE}'")
endif()
if(ZOOID_FUZZ)
    if(NOT CMAKE_CXX_COMPILER_ID MATCHES "Clang")
        message(FATAL_ERROR "ZOOID_FUZZ needs Clang, this is ${CMAKE_CXX_COMPILER_ID}")
    endif()
    add_compile_options(-fsanitize=fuzzer-no-link)
endif()
if(ZOOID_INSTRUMENTED AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    # Layers are compiled in batches, which GCC takes for one file with headers of its own.
    target_compile_options(zooid_compilation INTERFACE -Wno-shadow -Wno-subobject-linkage)
endif()
if(ZOOID_INSTRUMENTED)
    add_compile_options(-fno-sanitize-recover=all -fno-omit-frame-pointer)
    # Asio's own block cache would hide uses after free.
    add_compile_definitions(BOOST_ASIO_DISABLE_SMALL_BLOCK_RECYCLING)
endif()
