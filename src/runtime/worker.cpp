#include "runtime/worker.hpp"

#include "runtime/thread.hpp"

#include <boost/asio/executor_work_guard.hpp>

namespace zooid::runtime {

struct worker::state {
    boost::asio::io_context context{1};
    boost::asio::executor_work_guard<boost::asio::io_context::executor_type> busy{context.get_executor()};
};

worker::worker(const std::string& name) : state_(std::make_shared<state>()) {
    thread_ = start_thread(name, [state = state_] { state->context.run(); });
}

worker::~worker() {
    state_->busy.reset();
    if (thread_.joinable()) {
        thread_.detach();
    }
}

boost::asio::io_context::executor_type worker::executor() const noexcept { return state_->context.get_executor(); }

bool worker::is_current() const noexcept { return state_->context.get_executor().running_in_this_thread(); }

void worker::stop() {
    state_->busy.reset();
    if (thread_.joinable() && !is_current()) {
        thread_.join();
    }
}

} // namespace zooid::runtime
