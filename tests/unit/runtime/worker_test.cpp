#include "runtime/worker.hpp"

#include <boost/asio/post.hpp>

#include <gtest/gtest.h>
#include <pthread.h>

#include <array>
#include <atomic>
#include <csignal>
#include <future>

namespace zooid::runtime {
namespace {

namespace asio = boost::asio;

TEST(worker, runs_what_is_posted_on_its_own_thread) {
    worker w{"zooid-test"};
    std::promise<std::thread::id> where;
    asio::post(w.executor(), [&] {
        EXPECT_TRUE(w.is_current());
        where.set_value(std::this_thread::get_id());
    });
    EXPECT_NE(where.get_future().get(), std::this_thread::get_id());
    EXPECT_FALSE(w.is_current());
    w.stop();
}

TEST(worker, thread_has_the_name_and_takes_no_signals) {
    worker w{"a-name-that-is-too-long"};
    std::promise<void> checked;
    asio::post(w.executor(), [&] {
        std::array<char, 16> name{};
        pthread_getname_np(pthread_self(), name.data(), name.size());
        EXPECT_STREQ(name.data(), "a-name-that-is-");
        sigset_t blocked;
        sigemptyset(&blocked);
        pthread_sigmask(SIG_SETMASK, nullptr, &blocked);
        EXPECT_EQ(sigismember(&blocked, SIGTERM), 1);
        EXPECT_EQ(sigismember(&blocked, SIGINT), 1);
        checked.set_value();
    });
    checked.get_future().get();
    sigset_t blocked;
    sigemptyset(&blocked);
    pthread_sigmask(SIG_SETMASK, nullptr, &blocked);
    EXPECT_EQ(sigismember(&blocked, SIGTERM), 0) << "the starting thread's mask must come back";
    w.stop();
}

TEST(worker, stop_waits_for_the_work_that_is_left) {
    worker w{"zooid-test"};
    std::atomic<int> ran = 0;
    for (int i = 0; i < 100; ++i) {
        asio::post(w.executor(), [&] { ++ran; });
    }
    w.stop();
    EXPECT_EQ(ran, 100);
    w.stop();
}

TEST(worker, stop_on_its_own_thread_does_not_wait) {
    auto w = std::make_unique<worker>("zooid-test");
    std::promise<void> returned;
    asio::post(w->executor(), [&] {
        w->stop();
        returned.set_value();
    });
    returned.get_future().get();
    w->stop(); // from here it does
}

TEST(worker, destruction_does_not_wait_for_a_handler_that_blocks) {
    std::promise<void> release;
    std::promise<void> done;
    auto w = std::make_unique<worker>("zooid-test");
    asio::post(w->executor(), [&done, held = release.get_future().share()] {
        held.wait();
        done.set_value();
    });
    w.reset();
    release.set_value();
    done.get_future().get(); // the thread went on without its owner
}

TEST(worker, may_be_destroyed_on_its_own_thread) {
    auto w = std::make_unique<worker>("zooid-test");
    const auto executor = w->executor();
    std::promise<void> done;
    auto finished = done.get_future();
    asio::post(executor, [w = std::move(w), done = std::move(done)]() mutable {
        w.reset();
        done.set_value();
    });
    finished.get();
}

} // namespace
} // namespace zooid::runtime
