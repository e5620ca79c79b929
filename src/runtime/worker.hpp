#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

#include <chrono>
#include <memory>
#include <string>
#include <thread>
#include <utility>

namespace zooid::runtime {

/// A thread that runs an io_context of its own, or has it run by a thread that waits for what the context brings.
///
/// A thread that waits for one thing after the other pays for two wake-ups each time: the worker's and its own. So the
/// worker may *stand aside*, and whoever waits next *borrows* its context: runs it until what it waits for has come.
/// Exactly one thread runs the context at any time, or nobody for a moment: the worker comes back at once when somebody
/// needs it (`post`, `claim`), and by itself when nobody has borrowed for a while.
///
/// `stop()` ends the thread and waits; the destructor does not wait: a thread that still runs goes on until its work is
/// done and then frees what it used.
class worker {
public:
    /// For how long at most nobody runs the context, give or take the system's timers: so long after the worker has stood
    /// aside, and longer the longer it has been borrowed again and again.
    static constexpr std::chrono::microseconds patience{200};
    static constexpr std::chrono::microseconds longest_patience{1000};

    /// Starts the thread; `name` (cut to 15 characters) is what debuggers and `ps` show. It takes no signals. It may begin
    /// by standing aside. Throws `std::system_error` when the system has no thread left.
    explicit worker(const std::string& name, bool aside = false);
    worker(const worker&) = delete;
    worker& operator=(const worker&) = delete;
    ~worker();

    /// Where work for the context is posted; valid while the thread runs. What comes from outside of the context is better
    /// posted with `post`: work that is only put there may have to wait while the thread stands aside.
    [[nodiscard]] boost::asio::io_context::executor_type executor() const noexcept;
    /// True inside of what the context runs.
    [[nodiscard]] bool is_current() const noexcept;

    /// Has `f` run by the context, soon. `f` may end this worker, even before this call returns.
    template <class F>
    void post(F&& f) {
        const auto kept = state_;
        need(*kept);
        boost::asio::post(executor(), [in = kept.get(), f = std::forward<F>(f)]() mutable {
            forgo(*in);
            f();
        });
        call_if_aside(*kept);
    }

    /// Lets the thread end when no work is left, and waits for it; called inside of the context it does not wait. Any
    /// thread, several at once.
    void stop();

    // ---- Standing aside ----

    /// Inside of the context: when this handler is done, the thread shall stand aside, unless it is needed or was missed
    /// the last time.
    void stand_aside() noexcept;

    /// True if the calling thread runs the context from now on, until it calls `give_back`; false while another does.
    [[nodiscard]] bool borrow() noexcept;
    /// For the borrower: waits for one handler and runs it; false when the context has nothing more to do.
    bool run_one() noexcept;
    /// Any thread: has the borrower's `run_one` return.
    void interrupt();
    /// Ends the borrowing. `needed`: something is under way that shall not wait for the thread's return.
    void give_back(bool needed) noexcept;

    /// While one exists, the thread does not stand aside: somebody waits for what the context brings without running it.
    class claim {
    public:
        explicit claim(worker& on) noexcept : on_(on) {
            need(*on_.state_);
            call_if_aside(*on_.state_);
        }
        claim(const claim&) = delete;
        claim& operator=(const claim&) = delete;
        ~claim() { forgo(*on_.state_); }

    private:
        worker& on_;
    };

private:
    struct state;

    static void need(state& in) noexcept;
    static void forgo(state& in) noexcept;
    static void call_if_aside(state& in) noexcept;

    std::shared_ptr<state> state_;
    std::thread thread_;
};

} // namespace zooid::runtime
