// A client that works all the time and looks at everything it gets, while others misbehave.
//
//   well_behaved_client <host:port> <name>
//
// Every line of input is answered, once a few more rounds of work have gone well, with "well after N rounds". At the end of
// its input it closes its session and ends with exit code 0. When anything goes wrong, from an error to a connection lost
// for a moment, it says what and ends with exit code 1.

#include <zooid/zooid.hpp>

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <iostream>
#include <optional>
#include <stdexcept>
#include <string>

using namespace std::chrono_literals;

namespace {

constexpr std::uint64_t rounds_per_answer = 5;

void expect(bool behaved, const std::string& what) {
    if (!behaved) {
        throw std::runtime_error("not " + what);
    }
}

/// One session and the node it works with.
class worker {
public:
    worker(const std::string& hosts, const std::string& name) : zk_(hosts, options()), path_("/" + name) {
        zk_.add_listener([this](const zooid::state_change& change) {
            if (change.state != zooid::session_state::connected) {
                cut_off_ = true;
            }
        });
        zk_.start();
        zk_.create(path_, "0");
        session_ = zk_.client_id().id;
    }
    worker(const worker&) = delete;
    worker& operator=(const worker&) = delete;

    /// Changes, reads, a watch that fires, an ephemeral node that comes and goes. Throws when something is not as it should.
    void round() {
        ++rounds_;
        const std::string data = std::to_string(rounds_);
        events_ = 0;
        const auto seen = [this](const zooid::watch_event& event) {
            if (event.type == zooid::event_type::data_changed && event.path == path_) {
                ++events_;
                events_.notify_one();
            }
        };
        const auto before = zk_.get(path_, seen);
        expect(before.data == std::to_string(rounds_ - 1), "what was written last");
        zooid::set_options as_read;
        as_read.version = before.stat.version;
        const auto after = zk_.set(path_, data, as_read);
        expect(after.version == before.stat.version + 1, "the next version");
        events_.wait(0);
        expect(zk_.get(path_).data == data, "what has just been written");

        zooid::create_options ephemeral;
        ephemeral.mode = zooid::create_mode::ephemeral;
        const auto child = zk_.create(path_ + "-lock", "", ephemeral);
        const auto found = zk_.exists(child);
        expect(found && found->ephemeral_owner == session_, "the owner of its ephemeral node");
        zk_.remove(child);
        expect(!zk_.exists(child), "without the node it removed");
        expect(events_ == 1, "one event for one watch");
        expect(!cut_off_, "connected throughout");
        expect(zk_.client_id().id == session_, "in the same session");
    }

    [[nodiscard]] std::uint64_t rounds() const noexcept { return rounds_; }

    void leave() {
        zk_.remove(path_);
        expect(!cut_off_, "connected to the end");
        zk_.close();
    }

private:
    static zooid::client_options options() {
        zooid::client_options result;
        result.session_timeout = 30s;
        return result;
    }

    std::atomic<bool> cut_off_ = false;
    std::atomic<int> events_ = 0;
    std::int64_t session_ = 0;
    std::uint64_t rounds_ = 0;
    zooid::client zk_;
    std::string path_;
};

/// Waits a moment for input: how many lines have come, or nothing at its end.
std::optional<std::size_t> lines_of_input() {
    pollfd input{STDIN_FILENO, POLLIN, 0};
    if (::poll(&input, 1, 1) <= 0) {
        return 0;
    }
    std::array<char, 256> text{};
    const ssize_t size = ::read(STDIN_FILENO, text.data(), text.size());
    if (size <= 0) {
        return std::nullopt;
    }
    return static_cast<std::size_t>(std::count(text.begin(), text.begin() + size, '\n'));
}

/// Works until its input ends.
void work(worker& busy) {
    std::size_t unanswered = 0;
    std::uint64_t due = 0;
    while (const auto asked = lines_of_input()) {
        if (unanswered == 0) {
            due = busy.rounds() + rounds_per_answer;
        }
        unanswered += *asked;
        busy.round();
        for (; unanswered > 0 && busy.rounds() >= due; --unanswered) {
            std::cout << "well after " << busy.rounds() << " rounds" << std::endl;
        }
    }
}

} // namespace

int main(int argc, char** argv) {
    if (argc != 3) {
        std::cerr << "usage: well_behaved_client <host:port> <name>\n";
        return 2;
    }
    try {
        worker busy(argv[1], argv[2]);
        work(busy);
        busy.leave();
        return 0;
    } catch (const std::exception& problem) {
        std::cout << "trouble: " << problem.what() << std::endl;
        return 1;
    }
}
