// The main job in a second: nodes, watches, transactions, and a session that outlives a restart of the server. The server
// lives in this process; a client of an Apache ZooKeeper ensemble differs by the address alone.
//
//   quickstart
//
// Ends with exit code 0 only if every step did what it says.

#include <zooid/zooid.hpp>

#include <condition_variable>
#include <iostream>
#include <mutex>

using namespace std::chrono_literals;

namespace {

int step_number = 0;

// Each line in one piece: the client's callback thread talks as well.
void step(const std::string& text) {
    std::cout << "\n" + std::to_string(++step_number) + ". " + text + "\n" << std::flush;
}
void say(const std::string& text) { std::cout << "   " + text + "\n" << std::flush; }

/// Ends the program if a step did not behave.
void expect(bool behaved, const std::string& what) {
    if (!behaved) {
        throw std::runtime_error("this should not be: not " + what);
    }
    say(what);
}

/// Follows the state of a client, for whoever wants to wait for one.
class state_log {
public:
    explicit state_log(zooid::client& zk) : zk_(zk) {
        listener_ = zk_.add_listener([this](const zooid::state_change& change) {
            const std::lock_guard guard(mutex_);
            say("[the client is now " + std::string(to_string(change.state)) + "]");
            changed_.notify_all();
        });
    }
    state_log(const state_log&) = delete;
    state_log& operator=(const state_log&) = delete;
    ~state_log() { zk_.remove_listener(listener_); }

    void wait_for(zooid::session_state wanted, std::chrono::seconds limit) {
        std::unique_lock guard(mutex_);
        if (!changed_.wait_for(guard, limit, [&] { return zk_.state() == wanted; })) {
            throw std::runtime_error("the client did not become " + std::string(to_string(wanted)));
        }
    }

private:
    zooid::client& zk_;
    zooid::listener_id listener_{};
    std::mutex mutex_;
    std::condition_variable changed_;
};

void create_read_change_delete(zooid::client& zk) {
    step("Nodes form a tree; each holds a little data and a version.");
    zk.create("/app/config/colour", "red", {.make_path = true});
    const auto [data, stat] = zk.get("/app/config/colour");
    expect(data == "red" && stat.version == 0, "read back: red, version 0");

    zk.set("/app/config/colour", "green", {.version = stat.version});
    expect(zk.get("/app/config/colour").data == "green", "changed to green, on condition that the version was still 0");
    try {
        zk.set("/app/config/colour", "blue", {.version = stat.version});
        expect(false, "refused: a second change on the same condition");
    } catch (const zooid::bad_version_error&) {
        expect(true, "refused: a second change on the same condition");
    }

    zk.create("/app/scratch");
    zk.remove("/app/scratch");
    expect(!zk.exists("/app/scratch"), "created /app/scratch and deleted it again");
}

void watch(zooid::client& zk) {
    step("A watch tells of changes without asking again and again.");
    auto [data, stat, change] = zk.get_and_watch("/app/config/colour");
    say("watching /app/config/colour, which is " + data);
    zk.set("/app/config/colour", "yellow");
    const zooid::watch_event event = change.next(10s);
    expect(event.type == zooid::event_type::data_changed && event.path == "/app/config/colour",
           "told: " + std::string(to_string(event.type)) + " " + event.path);
}

void commit(zooid::client& zk) {
    step("A transaction makes all of its changes or none.");
    zk.transaction().create("/app/a", "1").create("/app/b", "2").set("/app/config/colour", "black").commit();
    expect(zk.get("/app/b").data == "2" && zk.get("/app/config/colour").data == "black", "three changes made at once");
    try {
        zk.transaction().remove("/app/a").check("/app/no/such/node").commit();
        expect(false, "refused as a whole because one part failed");
    } catch (const zooid::no_node_error&) {
        expect(zk.exists("/app/a").has_value(), "refused as a whole because one part failed: /app/a is still there");
    }
}

void survive_a_restart(zooid::client& zk, zooid::embedded_server& server) {
    step("A session outlives a restart of the server.");
    state_log log(zk);
    zk.create("/app/me", "here", {.mode = zooid::create_mode::ephemeral});
    const auto session = zk.client_id().id;
    say("created /app/me, which lasts as long as this session");

    say("stopping the server");
    server.stop();
    log.wait_for(zooid::session_state::suspended, 20s);
    say("starting it again, with what it knew");
    server.restart();
    log.wait_for(zooid::session_state::connected, 20s);

    expect(zk.client_id().id == session, "the client is back in the same session");
    const auto me = zk.retry([&] { return zk.get("/app/me"); });
    expect(me.data == "here" && me.stat.ephemeral_owner == session, "/app/me is still there, and still this session's");
    zk.retry([&] { zk.set("/app/config/colour", "white"); });
    expect(zk.get("/app/config/colour").data == "white", "and the server takes changes again");
}

void outlive_a_session(zooid::client& zk, zooid::embedded_server& server) {
    step("When a session ends, its ephemeral nodes go, and whoever watches them is told.");
    zooid::client other{server.address()};
    other.start();
    other.create("/app/other", "", {.mode = zooid::create_mode::ephemeral});
    auto end = zk.exists_and_watch("/app/other").watch;
    say("another client created /app/other; ending its session, as a long silence would");
    server.expire(other.client_id().id);
    const zooid::watch_event event = end.next(10s);
    expect(event.type == zooid::event_type::deleted, "told: " + std::string(to_string(event.type)) + " " + event.path);
}

} // namespace

int main() try {
    step("Start a server in this process and connect to it.");
    zooid::embedded_server server;
    say("the server's address is " + server.address());
    zooid::client zk{server.address()};
    zk.start();
    expect(zk.connected(), "connected to " + zk.server());

    create_read_change_delete(zk);
    watch(zk);
    commit(zk);
    survive_a_restart(zk, server);
    outlive_a_session(zk, server);

    step("Close the session.");
    zk.close();
    std::cout << "\nEverything behaved. The code of these steps: examples/quickstart.cpp" << std::endl;
} catch (const std::exception& problem) {
    std::cerr << "quickstart: " << problem.what() << std::endl;
    return 1;
}
