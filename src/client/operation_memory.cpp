#include <zooid/detail/operation.hpp>

#include <array>
#include <cstddef>
#include <new>

namespace zooid::detail {

#ifdef BOOST_ASIO_DISABLE_SMALL_BLOCK_RECYCLING
// Sanitizers shall see every use after free.

void* operation_base::operator new(std::size_t size) { return ::operator new(size); }

void operation_base::operator delete(void* memory, std::size_t /*size*/) noexcept { ::operator delete(memory); }

#else
namespace {

constexpr std::size_t granule = 64;
constexpr std::size_t sizes = 16;          // up to a kibibyte
constexpr std::size_t kept_of_a_size = 32; // by each thread

struct free_block {
    free_block* next;
};

/// The blocks a thread has freed, by size.
class block_cache {
public:
    block_cache() = default;
    block_cache(const block_cache&) = delete;
    block_cache& operator=(const block_cache&) = delete;
    ~block_cache() {
        for (shelf& s : shelves_) {
            while (s.first != nullptr) {
                ::operator delete(std::exchange(s.first, s.first->next));
            }
            s.count = kept_of_a_size; // what is freed later, by other thread-locals, goes straight back
        }
    }

    void* take(std::size_t index) noexcept {
        shelf& s = shelves_[index];
        if (s.first == nullptr) {
            return nullptr;
        }
        --s.count;
        return std::exchange(s.first, s.first->next);
    }
    bool put(std::size_t index, void* memory) noexcept {
        shelf& s = shelves_[index];
        if (s.count >= kept_of_a_size) {
            return false;
        }
        ++s.count;
        s.first = new (memory) free_block{s.first};
        return true;
    }

private:
    struct shelf {
        free_block* first = nullptr;
        std::size_t count = 0;
    };
    std::array<shelf, sizes> shelves_{};
};

thread_local block_cache freed;

} // namespace

void* operation_base::operator new(std::size_t size) {
    const std::size_t index = (size - 1) / granule;
    if (index < sizes) {
        if (void* const memory = freed.take(index)) {
            return memory;
        }
        return ::operator new((index + 1) * granule);
    }
    return ::operator new(size);
}

void operation_base::operator delete(void* memory, std::size_t size) noexcept {
    const std::size_t index = (size - 1) / granule;
    if (index >= sizes || !freed.put(index, memory)) {
        ::operator delete(memory);
    }
}
#endif

} // namespace zooid::detail
