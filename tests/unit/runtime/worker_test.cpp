#include "runtime/worker.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

#include <gtest/gtest.h>
#include <pthread.h>

#include <array>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <csignal>
#include <future>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

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
    worker& ends = *w;
    std::promise<void> done;
    auto finished = done.get_future();
    ends.post([w = std::move(w), done = std::move(done)]() mutable {
        w.reset();
        done.set_value();
    });
    finished.get();
}

// ---- Standing aside ----

/// Tries again and again; false if it takes unreasonably long.
template <class Condition>
[[nodiscard]] bool eventually(Condition condition) {
    const auto limit = std::chrono::steady_clock::now() + std::chrono::seconds{60};
    while (!condition()) {
        if (std::chrono::steady_clock::now() >= limit) {
            return false;
        }
        std::this_thread::yield();
    }
    return true;
}

class lending_worker : public ::testing::Test {
protected:
    void have_it_stand_aside() {
        std::promise<void> told;
        asio::post(w->executor(), [&] {
            w->stand_aside();
            told.set_value();
        });
        told.get_future().get();
    }
    /// Borrows the context; the worker may have been back before, or stay for a while.
    void borrow() {
        ASSERT_TRUE(eventually([&] {
            have_it_stand_aside();
            for (int i = 0; i < 100; ++i) {
                if (w->borrow()) {
                    return true;
                }
                std::this_thread::yield();
            }
            return false;
        }));
    }
    /// Where something runs that nobody has announced.
    std::thread::id where_it_runs() {
        std::promise<std::thread::id> where;
        asio::post(w->executor(), [&] { where.set_value(std::this_thread::get_id()); });
        return where.get_future().get();
    }

    std::unique_ptr<worker> w = std::make_unique<worker>("zooid-test");
};

TEST_F(lending_worker, does_not_lend_unless_it_stands_aside) {
    EXPECT_NE(where_it_runs(), std::this_thread::get_id());
    EXPECT_FALSE(w->borrow());
}

TEST_F(lending_worker, has_its_context_run_by_the_borrower) {
    borrow();
    EXPECT_FALSE(w->borrow()) << "it is lent already";
    EXPECT_FALSE(w->is_current());
    std::thread::id where;
    std::thread poster([&] {
        w->post([&] {
            EXPECT_TRUE(w->is_current());
            where = std::this_thread::get_id();
        });
    });
    while (where == std::thread::id{}) {
        ASSERT_TRUE(w->run_one());
    }
    poster.join();
    EXPECT_EQ(where, std::this_thread::get_id());
    w->give_back(false);
}

TEST_F(lending_worker, is_back_when_something_is_posted) {
    for (const bool needed : {false, true}) {
        borrow();
        w->give_back(needed);
        std::promise<std::thread::id> where;
        w->post([&] { where.set_value(std::this_thread::get_id()); });
        EXPECT_NE(where.get_future().get(), std::this_thread::get_id());
    }
}

TEST_F(lending_worker, is_back_by_itself_when_nobody_borrows) {
    borrow();
    w->give_back(false);
    EXPECT_NE(where_it_runs(), std::this_thread::get_id());
    have_it_stand_aside();
    EXPECT_NE(where_it_runs(), std::this_thread::get_id());
}

TEST_F(lending_worker, is_back_after_a_long_borrowing) {
    borrow();
    bool expired = false;
    asio::steady_timer timer(w->executor(), 10 * worker::patience);
    timer.async_wait([&](const boost::system::error_code&) { expired = true; });
    while (!expired) {
        ASSERT_TRUE(w->run_one());
    }
    w->give_back(false);
    EXPECT_NE(where_it_runs(), std::this_thread::get_id());
}

TEST_F(lending_worker, does_not_stay_away_from_who_waits_without_borrowing) {
    borrow();
    const worker::claim waiting(*w);
    w->give_back(false);
    // Borrowed again and again it would stay away for ever.
    EXPECT_TRUE(eventually([&] {
        if (w->borrow()) {
            w->give_back(false);
            return false;
        }
        return true;
    }));
    have_it_stand_aside();
    EXPECT_TRUE(eventually([&] {
        if (w->borrow()) {
            w->give_back(false);
            return false;
        }
        return true;
    }));
}

TEST_F(lending_worker, has_a_borrower_that_is_interrupted_look_up) {
    borrow();
    std::atomic<bool> changed = false;
    std::thread other([&] {
        changed = true;
        w->interrupt();
    });
    while (!changed) {
        ASSERT_TRUE(w->run_one());
    }
    other.join();
    w->give_back(false);
}

TEST_F(lending_worker, stops_when_the_borrower_is_done) {
    borrow();
    std::atomic<bool> stopped = false;
    std::thread stopper([&] {
        w->stop();
        stopped = true;
    });
    while (w->run_one()) {} // ends when the context has lost its last work
    EXPECT_FALSE(stopped);
    w->give_back(false);
    stopper.join();
    EXPECT_FALSE(w->borrow());
}

TEST_F(lending_worker, does_what_is_left_when_it_is_destroyed_while_it_stands_aside) {
    borrow();
    std::promise<std::thread::id> where;
    asio::post(w->executor(), [&] { where.set_value(std::this_thread::get_id()); });
    w->give_back(false);
    w.reset();
    EXPECT_NE(where.get_future().get(), std::this_thread::get_id());
}

TEST_F(lending_worker, brings_everybody_what_they_wait_for) {
    // Threads that wait for one thing after the other as blocking calls do: in the context, or asleep.
    constexpr int waits = 2000;
    const auto wait_often = [&] {
        std::mutex mutex;
        std::condition_variable changed;
        for (int i = 0; i < waits; ++i) {
            bool done = false;
            const auto is_done = [&] {
                const std::lock_guard lock(mutex);
                return done;
            };
            w->post([&] {
                w->stand_aside();
                const std::lock_guard lock(mutex);
                done = true;
                changed.notify_one();
            });
            if (w->borrow()) {
                while (!is_done()) {
                    ASSERT_TRUE(w->run_one());
                }
                w->give_back(false);
            }
            const worker::claim claim(*w);
            std::unique_lock lock(mutex);
            changed.wait(lock, [&] { return done; });
        }
    };
    wait_often();
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t) {
        threads.emplace_back(wait_often);
    }
    for (std::thread& t : threads) {
        t.join();
    }
}

} // namespace
} // namespace zooid::runtime
