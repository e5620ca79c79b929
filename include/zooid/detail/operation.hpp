#pragma once

#include <zooid/detail/request.hpp>
#include <zooid/error.hpp>
#include <zooid/opcode.hpp>
#include <zooid/types.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/associated_allocator.hpp>
#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/bind_allocator.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/recycling_allocator.hpp>

#include <atomic>
#include <cstdint>
#include <cstring>
#include <memory>
#include <new>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

// How an operation travels: it is encoded and takes its place in line when the function is called, as an `operation`
// that nobody waits for yet. A completion token's handler (or a blocking wait) is then attached to it. Whichever of
// "the result is there" and "somebody waits" comes second delivers.

namespace zooid {
namespace asio = boost::asio;
}

namespace zooid::detail {

class client_core;
class operation_base;

/// Who writes a request to the connection.
enum class flush_by : std::uint8_t {
    driver, ///< the I/O executor, together with what else has come by then
    caller, ///< the calling thread if nothing is in flight ahead, for it will wait anyway
};

/// The result of operations that have none.
struct nothing {};

template <class Result>
struct signature_of {
    using type = void(error_code, Result);
};
template <>
struct signature_of<nothing> {
    using type = void(error_code);
};

/// Who waits for an operation, type-erased.
class receiver {
public:
    receiver(const receiver&) = delete;
    receiver& operator=(const receiver&) = delete;

    /// True if `run` is to be called in the client's own delivery queue, false if `ready` sees to the delivery.
    [[nodiscard]] bool queued() const noexcept { return queued_; }
    /// True if the delivery queue cannot move on before this receiver is told, so that it must not wait for its turn there.
    [[nodiscard]] bool blocks_queue() const noexcept { return blocks_queue_; }
    /// The result is there, and it is the turn of this receiver, which is not `queued`.
    virtual void ready(operation_base& op) noexcept = 0;
    /// Calls the handler with the result of `op`, and frees both.
    virtual void run(operation_base& op) = 0;
    /// Frees itself without calling anybody.
    virtual void drop() noexcept = 0;

protected:
    explicit receiver(bool queued, bool blocks_queue = false) noexcept : queued_(queued), blocks_queue_(blocks_queue) {}
    ~receiver() = default;

private:
    const bool queued_;
    const bool blocks_queue_;
};

/// What the server answered: 0 or an `errc` value, and the body after the reply header.
struct reply {
    std::int32_t err = 0;
    std::string_view body;
};

/// One operation on its way; made by the client, freed by whoever delivers it.
class operation_base : public session::request {
public:
    using decode_function = error_code (*)(operation_base& op, const reply& answer);

    explicit operation_base(decode_function decode) noexcept : decode_(decode) {}
    operation_base(const operation_base&) = delete;
    operation_base& operator=(const operation_base&) = delete;
    virtual ~operation_base() = default;

    /// Attaches the waiting party. True if the result is there already: the caller must deliver.
    [[nodiscard]] bool attach(receiver& r) noexcept {
        receiver_ = &r;
        return (phase_.fetch_or(attached, std::memory_order_acq_rel) & completed) != 0;
    }
    /// The same before anybody else knows of the operation.
    void attach_first(receiver& r) noexcept {
        receiver_ = &r;
        phase_.store(attached, std::memory_order_relaxed);
    }
    /// True if somebody waits.
    [[nodiscard]] bool is_attached() const noexcept { return phase_.load(std::memory_order_acquire) == attached; }
    /// The result has been stored. True if somebody waits: the caller must deliver.
    [[nodiscard]] bool complete() noexcept {
        if (is_attached()) {
            return true; // nobody else has anything to say any more
        }
        const auto before = phase_.fetch_or(completed, std::memory_order_acq_rel);
        if ((before & abandoned) != 0) {
            delete this;
            return false;
        }
        return (before & attached) != 0;
    }
    /// Nobody will ever wait.
    void abandon() noexcept {
        if ((phase_.fetch_or(abandoned, std::memory_order_acq_rel) & completed) != 0) {
            delete this;
        }
    }

    /// Takes the answer. A short one is only copied and decoded where the result is wanted: what decoding allocates is
    /// then freed by the thread that allocated it, which costs a fraction.
    void take(const reply& answer) {
        if (answer.err == 0 && answer.body.size() <= sizeof(short_reply_)) {
            std::memcpy(short_reply_, answer.body.data(), answer.body.size());
            short_size_ = static_cast<std::uint8_t>(answer.body.size());
            undecoded_ = true;
        } else {
            error_ = decode_(*this, answer);
        }
    }
    /// Decodes what `take` has left.
    void settle() {
        if (undecoded_) {
            undecoded_ = false;
            error_ = decode_(*this, reply{0, {short_reply_, short_size_}});
        }
    }

    // Operations come and go by the million: their memory is kept by the thread that frees it.
    static void* operator new(std::size_t size);
    static void operator delete(void* memory, std::size_t size) noexcept;
    // … unless a handler wants to be aligned like nothing else.
    static void* operator new(std::size_t size, std::align_val_t alignment) { return ::operator new(size, alignment); }
    static void operator delete(void* memory, std::size_t /*size*/, std::align_val_t alignment) noexcept {
        ::operator delete(memory, alignment);
    }

    [[nodiscard]] receiver& waiting() const noexcept { return *receiver_; }
    /// Frees it, and its receiver without calling anybody.
    void discard() noexcept {
        receiver_->drop();
        delete this;
    }

    error_code error_;
    decode_function decode_;
    std::uint64_t ticket_ = 0; ///< names the operation for cancellation
    std::uint32_t chroot_length_ = 0;
    opcode opcode_ = opcode::error;
    bool of_errand_ = false; ///< a step of another operation, which alone keeps its place among deliveries
    bool changed_ = false;   ///< it took several requests, and one of them has changed something
    bool in_series_ = false; ///< a blocking call that followed soon after others, with nothing else in flight

private:
    enum : std::uint8_t { attached = 1, completed = 2, abandoned = 4 };

    receiver* receiver_ = nullptr;
    std::atomic<std::uint8_t> phase_{0};
    bool undecoded_ = false;
    std::uint8_t short_size_ = 0;
    char short_reply_[176]; // room for a stat and a hundred bytes of data
};

template <class Result>
class operation : public operation_base {
public:
    explicit operation(decode_function decode) : operation_base(decode) {
        if constexpr (std::is_scalar_v<Result>) {
            result_ = Result{};
        }
    }
    Result result_; // not `{}`, which would zero all of a large one first
};

// Implemented by the client.
void deliver(client_core& core, operation_base& op) noexcept;
void deliver_without_client(operation_base& op) noexcept; ///< for what is left when the client is gone
void cancel_operation(client_core& core, std::uint64_t ticket) noexcept;

/// Runs the receiver of a completed operation; freed without having been called, it frees both.
class posted_run {
public:
    explicit posted_run(operation_base& op) noexcept : op_(&op) {}
    posted_run(posted_run&& other) noexcept : op_(std::exchange(other.op_, nullptr)) {}
    posted_run& operator=(posted_run&&) = delete;
    ~posted_run() {
        if (op_ != nullptr) {
            op_->discard();
        }
    }

    void operator()() {
        operation_base& op = *std::exchange(op_, nullptr);
        op.waiting().run(op);
    }

private:
    operation_base* op_;
};

/// Stands for "the handler named no executor".
struct no_executor {};

/// A handler that waits, and the work its executor owes it.
template <class Handler>
class waiting_handler {
    using executor = asio::associated_executor_t<Handler, no_executor>;

    struct no_guard {
        explicit no_guard(const Handler& /*handler*/) noexcept {}
    };
    struct work_guard {
        explicit work_guard(const Handler& handler)
            : work(asio::associated_executor<Handler, no_executor>::get(handler, no_executor{})) {}
        asio::executor_work_guard<executor> work;
    };

public:
    static constexpr bool has_executor = !std::is_same_v<executor, no_executor>;

    explicit waiting_handler(Handler&& handler) : guard_(handler), handler_(std::move(handler)) {}

    [[nodiscard]] const Handler& get() const noexcept { return handler_; }
    [[nodiscard]] Handler& get() noexcept { return handler_; }

    /// Has `run` called on the handler's executor, if it has one.
    void post_run(operation_base& op) const {
        if constexpr (has_executor) {
            auto target = guard_.work.get_executor();
            asio::post(target, asio::bind_allocator(asio::get_associated_allocator(handler_), posted_run(op)));
        }
    }

private:
    using guard = std::conditional_t<has_executor, work_guard, no_guard>;

    [[no_unique_address]] guard guard_; // before the handler, which is moved into place after it was asked
    Handler handler_;
};

template <class Result, class Handler>
void call(Handler&& handler, const error_code& ec, Result&& result) {
    if constexpr (std::is_same_v<std::remove_cvref_t<Result>, nothing>) {
        std::forward<Handler>(handler)(ec);
    } else {
        std::forward<Handler>(handler)(ec, std::forward<Result>(result));
    }
}

/// A handler that came when its operation was in line already: that of a token which starts late, or wraps another.
template <class Result, class Handler>
class handler_receiver final : public receiver {
    using allocator = asio::associated_allocator_t<Handler, asio::recycling_allocator<void>>;
    using self_allocator = typename std::allocator_traits<allocator>::template rebind_alloc<handler_receiver>;

public:
    explicit handler_receiver(Handler&& handler)
        : receiver(!waiting_handler<Handler>::has_executor), held_(std::move(handler)) {}

    static handler_receiver* make(Handler&& handler) {
        self_allocator alloc{asio::get_associated_allocator(handler, asio::recycling_allocator<void>{})};
        auto* memory = alloc.allocate(1);
        return new (memory) handler_receiver(std::move(handler));
    }

    [[nodiscard]] const Handler& handler() const noexcept { return held_.get(); }
    void ready(operation_base& op) noexcept override { held_.post_run(op); }

    void run(operation_base& base) override {
        auto& op = static_cast<operation<Result>&>(base);
        op.settle();
        asio::get_associated_cancellation_slot(held_.get()).clear();
        self_allocator alloc = own_allocator(); // before the move: an emptied handler may not be asked
        waiting_handler<Handler> held(std::move(held_));
        destroy(alloc);
        const error_code ec = op.error_;
        Result result(std::move(op.result_));
        delete &op;
        call(std::move(held.get()), ec, std::move(result));
    }

    void drop() noexcept override {
        self_allocator alloc = own_allocator();
        destroy(alloc);
    }

private:
    ~handler_receiver() = default;

    [[nodiscard]] self_allocator own_allocator() const noexcept {
        return self_allocator{asio::get_associated_allocator(held_.get(), asio::recycling_allocator<void>{})};
    }
    void destroy(self_allocator& alloc) noexcept {
        this->~handler_receiver();
        alloc.deallocate(this, 1);
    }

    waiting_handler<Handler> held_;
};

// A thread whose handlers only look at the data of one node after the other needs memory for one: what a handler has left
// in its result serves the next.
void store_data(std::string& empty, std::string_view data);
void take_memory_back(std::string& used) noexcept;

/// An operation made together with the plain callback that waits for it: one block of memory for both. The callback can
/// cancel nothing.
template <class Result, class Handler>
class called_operation final : public operation<Result>, public receiver {
public:
    explicit called_operation(Handler&& handler)
        : operation<Result>(nullptr), receiver(!waiting_handler<Handler>::has_executor), held_(std::move(handler)) {
        this->attach_first(*this);
    }

    [[nodiscard]] Handler& handler() noexcept { return held_.get(); }
    void ready(operation_base& op) noexcept override { held_.post_run(op); }

    void run(operation_base& /*op*/) override {
        const std::unique_ptr<called_operation> self(this); // whatever the handler throws
        this->settle();
        call(std::move(held_.get()), this->error_, std::move(this->result_));
        if constexpr (std::is_same_v<Result, node>) {
            take_memory_back(this->result_.data);
        }
    }

    void drop() noexcept override {} // goes with the operation

private:
    waiting_handler<Handler> held_;
};

/// An operation that is in line and waits for its receiver.
template <class Result>
class launched {
public:
    using result_type = Result;

    /// Nothing to wait for: the operation had its receiver from the beginning, and may be over.
    launched() noexcept = default;
    /// Without a core the operation must be complete.
    launched(std::shared_ptr<client_core> core, operation<Result>* op) noexcept : core_(std::move(core)), op_(op) {}
    launched(launched&& other) noexcept : core_(std::move(other.core_)), op_(std::exchange(other.op_, nullptr)) {}
    launched& operator=(launched&&) = delete;
    ~launched() {
        if (op_ != nullptr) {
            op_->abandon();
        }
    }

    [[nodiscard]] const std::shared_ptr<client_core>& core() const noexcept { return core_; }
    [[nodiscard]] operation<Result>& op() const noexcept { return *op_; }

    /// Gives up the operation to a receiver.
    void attach(receiver& r) noexcept {
        auto* op = std::exchange(op_, nullptr);
        if (op->attach(r)) {
            core_ ? deliver(*core_, *op) : deliver_without_client(*op);
        }
    }

private:
    std::shared_ptr<client_core> core_;
    operation<Result>* op_ = nullptr;
};

/// How an operation is launched.
struct launch_mode {
    flush_by who = flush_by::driver;
    operation_base** prepared = nullptr; ///< the operation to use, receiver and all; nulled when it is taken
};

/// Lets a handler cancel what it waits for.
template <class Handler, class Result>
void connect_cancellation(const Handler& handler, const launched<Result>& op) {
    auto slot = asio::get_associated_cancellation_slot(handler);
    if (slot.is_connected()) {
        slot.assign(
            [core = std::weak_ptr<client_core>(op.core()), ticket = op.op().ticket_](asio::cancellation_type /*how*/) {
                if (auto alive = core.lock()) {
                    cancel_operation(*alive, ticket);
                }
            });
    }
}

/// The initiation behind every `async_` function. The operation travels as its argument: `deferred` of Boost 1.81 needs a
/// copyable initiation.
struct attach_handler {
    template <class Handler, class Result>
    void operator()(Handler&& handler, launched<Result> op) const {
        using handler_type = std::decay_t<Handler>; // a copy of one that its owner keeps
        auto* r = handler_receiver<Result, handler_type>::make(handler_type(std::forward<Handler>(handler)));
        connect_cancellation(r->handler(), op);
        op.attach(*r);
    }
};

/// A token that is its own handler.
template <class Token, class Signature>
concept plain_callback = requires {
    requires std::is_same_v<typename asio::async_result<std::decay_t<Token>, Signature>::completion_handler_type,
                            std::decay_t<Token>>;
};

/// Launches with a callback that is there from the beginning.
template <class Result, class Handler, class Start>
void launch_called(Handler handler, Start& start) {
    if (asio::get_associated_cancellation_slot(handler).is_connected()) {
        attach_handler{}(std::move(handler), start(launch_mode{}));
        return;
    }
    auto* const called = new called_operation<Result, Handler>(std::move(handler));
    operation_base* prepared = called;
    struct cleaner {
        operation_base*& unused;
        ~cleaner() { delete unused; }
    } const clean{prepared};
    launched<Result> op = start(launch_mode{flush_by::driver, &prepared});
    if (prepared != nullptr) { // it took an operation of its own
        attach_handler{}(std::move(called->handler()), std::move(op));
    }
}

/// Launches an operation, `start(launch_mode)`, and hands it to a completion token.
template <class Token, class Start>
auto launch_with(Token&& token, Start start) {
    using result = typename std::invoke_result_t<Start&, launch_mode>::result_type;
    using signature = typename signature_of<result>::type;
    if constexpr (plain_callback<Token, signature>) {
        return launch_called<result, std::decay_t<Token>>(std::forward<Token>(token), start);
    } else {
        return asio::async_initiate<Token, signature>(attach_handler{}, token, start(launch_mode{}));
    }
}

/// Hands a launched operation to a completion token.
template <class Result, class Token>
auto finish_with(launched<Result>&& op, Token&& token) {
    return asio::async_initiate<Token, typename signature_of<Result>::type>(attach_handler{}, token, std::move(op));
}

} // namespace zooid::detail
