#include "contract/random_requests.hpp"
#include "contract/raw_session.hpp"
#include "support/real_server.hpp"
#include "support/seed_range.hpp"
#include "wire/replies.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

// The same random requests to Apache ZooKeeper 3.8.0 and to the embedded server, which must say the same: replies, errors,
// versions and transaction ids of nodes, sequence numbers, watch events and their order among the replies.

namespace zooid::test {
namespace {

constexpr std::size_t session_count = 3;
constexpr int requests_a_run = 250;

/// A server and the sessions of one run on it; tells what it says in words that do not depend on when and where.
class side {
public:
    explicit side(real_server& server, const std::string& root) : server_(server) {
        for (std::size_t i = 0; i < session_count; ++i) {
            sessions_.push_back(open());
        }
        start_ = sessions_[0]->create(root).zxid;
    }

    /// The answer to a request, and the events that each session was told of on the way.
    std::string ask(std::size_t who, const random_request& what) {
        raw_session& session = *sessions_[who];
        std::string answer;
        try {
            answer = described(what.op, session.receive(session.send(what.op, wire::encoded_body{body_for(what)})));
        } catch (const no_answer&) {
            answer = "hung up";
        }
        answer += listed(" after ", session.seen());
        if (!session.connection().open()) {
            session.resume();
        }
        return answer + news();
    }

    /// Ends a session, and with it its ephemeral nodes; another takes its place.
    std::string replace(std::size_t who) {
        const std::string answer = described(opcode::close_session, sessions_[who]->close());
        static_cast<void>(sessions_[who]->ended());
        std::string told;
        for (std::size_t i = 0; i < sessions_.size(); ++i) {
            if (i != who) {
                auto events = sessions_[i]->events();
                std::sort(events.begin(), events.end()); // Java deletes the nodes in the order of their hashes
                told += listed("; session " + std::to_string(i) + ' ', events);
            }
        }
        sessions_[who] = open();
        return answer + told;
    }

    /// Gives a session another identity.
    std::string identify(std::size_t who, const std::string& secret) {
        return described(opcode::auth, sessions_[who]->add_auth("digest", secret));
    }

private:
    std::unique_ptr<raw_session> open() {
        auto session = std::make_unique<raw_session>(server_.port());
        ids_.push_back(session->id());
        return session;
    }

    [[nodiscard]] std::string body_for(const random_request& what) const {
        std::string body = what.body;
        if (what.names_zxid) {
            wire::store_i64(body.data(), start_ + wire::load_i64(body.data()));
        }
        return body;
    }

    std::string news() {
        std::string told;
        for (std::size_t i = 0; i < sessions_.size(); ++i) {
            told += listed("; session " + std::to_string(i) + ' ', sessions_[i]->events());
        }
        return told;
    }

    static std::string listed(const std::string& before, const std::vector<std::string>& what) {
        std::string text;
        for (const std::string& each : what) {
            text += (text.empty() ? before + '[' : ", ") + each;
        }
        return text.empty() ? text : text + ']';
    }

    [[nodiscard]] std::string relative(std::int64_t zxid) const {
        return zxid <= 0 ? std::to_string(zxid) : '+' + std::to_string(zxid - start_);
    }

    [[nodiscard]] std::string described(const stat& s) const {
        const auto owner = std::find(ids_.begin(), ids_.end(), s.ephemeral_owner);
        return " {" + relative(s.czxid) + ' ' + relative(s.mzxid) + ' ' + relative(s.pzxid) + " v" +
               std::to_string(s.version) + " c" + std::to_string(s.cversion) + " a" + std::to_string(s.aversion) +
               " d" + std::to_string(s.data_length) + " n" + std::to_string(s.num_children) + " o" +
               (owner == ids_.end() ? std::to_string(s.ephemeral_owner)
                                    : "wner " + std::to_string(owner - ids_.begin())) +
               '}';
    }

    [[nodiscard]] std::string described(opcode op, const raw_reply& r) const {
        std::string text = relative(r.zxid) + " error " + std::to_string(static_cast<int>(r.err));
        if (r.body.empty() || r.err != ok) {
            return text + (r.body.empty() ? "" : " and " + std::to_string(r.body.size()) + " bytes");
        }
        switch (op) {
        case opcode::create:
            return text + ' ' + r.path();
        case opcode::create2:
        case opcode::create_container:
        case opcode::create_ttl:
            return text + ' ' + r.path() + described(r.stat());
        case opcode::exists:
        case opcode::set:
        case opcode::set_acls:
            return text + described(r.as<wire::stat_response>().stat);
        case opcode::get:
            return text + ' ' + r.data().value_or("null") + described(r.stat());
        case opcode::get_children:
        case opcode::get_ephemerals:
            return text + listed(" ", r.names());
        case opcode::get_children2:
            return text + listed(" ", r.names()) + described(r.stat());
        case opcode::get_acls:
            return text + listed(" ", r.acls()) + described(r.stat());
        case opcode::who_am_i:
            return text + listed(" ", identities(r));
        case opcode::multi:
        case opcode::multi_read:
            return text + described(results(r));
        default:
            return text + ' ' + r.body;
        }
    }

    static std::vector<std::string> identities(const raw_reply& r) {
        std::vector<std::string> all;
        for (const wire::identity_item& each : r.as<wire::who_am_i_response>().identities) {
            all.push_back(std::string(each.scheme) + ':' + std::string(each.user));
        }
        std::sort(all.begin(), all.end()); // Java has them in a hash table
        return all;
    }

    [[nodiscard]] std::string described(const std::vector<part_result>& parts) const {
        std::string text;
        for (const part_result& each : parts) {
            text += " (" + std::to_string(static_cast<int>(each.type)) + " error " +
                    std::to_string(static_cast<int>(each.err)) + ' ' + each.path +
                    (each.stat ? described(*each.stat) : std::string{}) + ' ' + each.data.value_or("") +
                    listed(" ", each.children) + ')';
        }
        return text;
    }

    real_server& server_;
    std::vector<std::unique_ptr<raw_session>> sessions_;
    std::vector<std::int64_t> ids_; ///< of all sessions, in order
    std::int64_t start_ = 0;
};

class comparison_test : public ::testing::Test {
protected:
    void SetUp() override {
        try {
            real_.emplace(undisturbed("3.8.0"));
            ours_.emplace(undisturbed(embedded));
        } catch (const server_unavailable& reason) {
            GTEST_SKIP() << reason.what();
        }
    }

    void run(std::uint64_t seed) {
        const std::string root = "/r" + std::to_string(seed);
        request_source requests(seed, root);
        side theirs(*real_, root);
        side ours(*ours_, root);
        std::deque<std::string> before;
        for (int i = 0; i < requests_a_run; ++i) {
            const action next = any_action(requests);
            const std::string expected = next.on(theirs);
            ASSERT_EQ(next.on(ours), expected) << next.text << ", after\n" << ::testing::PrintToString(before);
            before.push_back(next.text + ": " + expected + '\n');
            if (before.size() > 8) {
                before.pop_front();
            }
        }
    }

    struct action {
        std::string text;
        std::function<std::string(side&)> on;
    };

    static action any_action(request_source& requests) {
        const std::size_t who = requests.draw(session_count);
        const std::string name = "session " + std::to_string(who);
        switch (requests.draw(60)) {
        case 0:
            return {name + " closes", [who](side& s) { return s.replace(who); }};
        case 1: {
            const std::string user = "user" + std::to_string(requests.draw(2));
            return {name + " is " + user, [who, user](side& s) { return s.identify(who, user + ":secret"); }};
        }
        default: {
            random_request what = requests.next();
            return {name + " asks: " + what.text, [who, what](side& s) { return s.ask(who, what); }};
        }
        }
    }

    // Without changes at moments of its own choice.
    static server_settings undisturbed(const std::string& version) {
        server_settings settings;
        settings.version = version;
        settings.defines = {"znode.container.checkIntervalMs=3600000", "zookeeper.forceSync=no"};
        return settings;
    }

    std::optional<real_server> real_;
    std::optional<real_server> ours_;
};

TEST_F(comparison_test, any_request_is_answered_as_by_zookeeper) {
    const auto [first, last] = seeds("ZOOID_COMPARISON_SEEDS", {1, 20});
    for (std::uint64_t seed = first; seed <= last && !HasFatalFailure(); ++seed) {
        SCOPED_TRACE("seed " + std::to_string(seed));
        run(seed);
    }
}

} // namespace
} // namespace zooid::test
