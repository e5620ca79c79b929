#include "server/session_table.hpp"

#include "server/sparse_table.hpp"
#include "wire/byte_order.hpp"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>
#include <new>
#include <utility>

namespace zooid::server {
namespace {

constexpr std::int64_t server_id = 1;

/// 8 bits of server id, 40 bits of milliseconds, 16 bits that count up: ids of one incarnation stay below those of the next.
std::int64_t first_id(server_time start) noexcept {
    const auto milliseconds = static_cast<std::uint64_t>(start.time_since_epoch().count());
    const std::uint64_t id = (static_cast<std::uint64_t>(server_id) << 56U) | ((milliseconds << 24U) >> 8U);
    return static_cast<std::int64_t>(id);
}

} // namespace

session_table::session_table(std::chrono::milliseconds tick, std::string_view secret, server_time start)
    : tick_(std::max(tick, std::chrono::milliseconds{1})), secret_(secret), next_id_(first_id(start)) {}

session_table::~session_table() {
    for (auto& [tick, due] : buckets_) {
        due.clear();
    }
}

session& session_table::create(std::chrono::milliseconds timeout, steady_time now) {
    const std::int64_t id = next_id_;
    auto fresh = std::make_unique<session>();
    session& made = *fresh;
    made.id = id;
    made.timeout = timeout;
    put(made, bucket_of(now, timeout));
    try {
        sessions_.emplace(id, std::move(fresh));
    } catch (...) {
        take(made);
        throw;
    }
    ++next_id_;
    return made;
}

session* session_table::find(std::int64_t id) const noexcept {
    const auto found = sessions_.find(id);
    return found == sessions_.end() ? nullptr : found->second.get();
}

void session_table::touch(session& of, steady_time now) {
    const std::int64_t tick = bucket_of(now, of.timeout);
    if (tick != of.bucket_) {
        take(of);
        put(of, tick);
    }
}

void session_table::remove(session& of) noexcept {
    take(of);
    const std::int64_t id = of.id; // goes with it
    sessions_.erase(id);
    shrink_if_sparse(sessions_);
}

void session_table::touch_all(steady_time now) {
    for (auto& [id, of] : sessions_) {
        touch(*of, now);
    }
}

session* session_table::next_expired(steady_time now) noexcept {
    return next_expiry() <= now ? &buckets_.begin()->second.front() : nullptr;
}

steady_time session_table::next_expiry() const noexcept {
    return buckets_.empty() ? steady_time::max() : steady_time{} + tick_ * buckets_.begin()->first;
}

steady_time session_table::expiry_of(const session& of) const noexcept { return steady_time{} + tick_ * of.bucket_; }

std::int64_t session_table::bucket_of(steady_time now, std::chrono::milliseconds timeout) const noexcept {
    // The tick after it, never that very instant: a session must not die before its timeout is over.
    return (now.time_since_epoch() + timeout) / tick_ + 1;
}

void session_table::put(session& of, std::int64_t tick) {
    buckets_[tick].push_back(of);
    of.bucket_ = tick;
}

void session_table::take(session& of) noexcept {
    const auto found = buckets_.find(of.bucket_);
    found->second.erase(found->second.iterator_to(of));
    if (found->second.empty()) {
        buckets_.erase(found);
    }
}

session_password session_table::password_of(std::int64_t id) const {
    char message[8];
    wire::store_i64(message, id);
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned int length = 0;
    const auto* const text = reinterpret_cast<const unsigned char*>(message);
    if (HMAC(EVP_sha256(), secret_.data(), static_cast<int>(secret_.size()), text, sizeof message, digest, &length) ==
        nullptr) {
        throw std::bad_alloc{};
    }
    session_password password{};
    std::copy_n(digest, password.size(), password.begin());
    return password;
}

} // namespace zooid::server
