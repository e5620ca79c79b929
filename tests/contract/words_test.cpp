#include "contract/contract_test.hpp"
#include "contract/raw_connection.hpp"
#include "support/eventually.hpp"
#include "wire/frame.hpp"
#include "wire/requests.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <cstdio>
#include <regex>
#include <sstream>
#include <string>
#include <string_view>

// Four-letter words: who asks for what, and the form of the answers that tools parse.

namespace zooid::test {
namespace {

class words_test : public contract_test {
protected:
    // The answer to a word. It must come to have this form, a regular expression, from beginning to end: a real server
    // counts a request as done, and a connection as gone, a little later than its client sees it.
    std::string ask(std::string_view word, const std::string& form) const {
        std::string answer;
        EXPECT_TRUE(eventually([&] {
            answer = server().ask(word);
            return std::regex_match(answer, std::regex(form));
        })) << word
            << ":\n"
            << answer << "instead of\n"
            << form;
        return answer;
    }
    // The same for a part of it.
    std::string ask_for(std::string_view word, const std::string& form) const {
        std::string answer;
        EXPECT_TRUE(eventually([&] {
            answer = server().ask(word);
            return std::regex_search(answer, std::regex(form));
        })) << word
            << ":\n"
            << answer << "without\n"
            << form;
        return answer;
    }
    static std::string hexadecimal(std::int64_t number) {
        char text[20];
        std::snprintf(text, sizeof text, "0x%llx", static_cast<unsigned long long>(number));
        return text;
    }
    static long number_after(const std::string& answer, const std::string& key) {
        const auto at = answer.find(key);
        return at == std::string::npos ? -1 : std::stol(answer.substr(at + key.size()));
    }

    // As srvr prints it.
    const std::string figures_ =
        "Latency min/avg/max: \\d+/\\d+\\.\\d+/\\d+\n"
        "Received: \\d+\nSent: \\d+\nConnections: \\d+\nOutstanding: \\d+\n"
        "Zxid: 0x[0-9a-f]+\nMode: standalone\nNode count: \\d+\n";
    const std::string version_ = "3\\.8\\.0-[^\n]*, built on [^\n]+\n";
};
ZOOID_CONTRACT(words_test);

TEST_P(words_test, short_questions_have_short_answers) {
    ask("ruok", "imok");
    ask("isro", "rw");
    ask("crst", "Connection stats reset\\.\n");
    ask("srst", "Server stats reset\\.\n");
    ask("dirs", "datadir_size: \\d+\nlogdir_size: \\d+\n");
    ask("wchs", "\\d+ connections watching \\d+ paths\nTotal watches:\\d+\n");
}

TEST_P(words_test, the_trace_mask_can_be_set) {
    ask("gtmk", "306");
    ask(std::string_view{"stmk\0\0\0\0\0\0\0\1", 12}, "1");
    ask("gtmk", "1");
    ask("stmk", "");
    ask(std::string_view{"stmk\0\0\0\0\0\0\1\x32", 12}, "306");
}

TEST_P(words_test, hash_lists_digests_of_transactions) { ask("hash", "([0-9a-f]+: [0-9]+\n)*"); }

TEST_P(words_test, latencies_are_measured_until_they_are_reset) {
    auto zk = open();
    ASSERT_EQ(zk.create(path("/a"), {.data = std::string_view("some data")}).err, ok);
    // Enough at once that some have to wait for others.
    constexpr std::int32_t requests = 1'000;
    wire::buffer all;
    for (std::int32_t xid = 1; xid <= requests; ++xid) {
        wire::put_frame(all, wire::request_header{xid, opcode::get}, wire::path_watch_request{path("/a"), false});
    }
    const auto has_taken_time = [&] {
        zk.connection().send(all.view());
        for (std::int32_t xid = 1; xid <= requests; ++xid) {
            zk.receive(xid);
        }
        return number_after(server().ask("mntr"), "\nzk_max_latency\t") > 0 &&
               number_after(server().ask("cons"), ",maxlat=") > 0;
    };
    ASSERT_TRUE(eventually(has_taken_time));
    const auto least = number_after(server().ask("mntr"), "\nzk_min_latency\t");
    const auto average = number_after(server().ask("mntr"), "\nzk_avg_latency\t");
    const auto most = number_after(server().ask("mntr"), "\nzk_max_latency\t");
    EXPECT_LE(least, average);
    EXPECT_LE(average, most);
    EXPECT_GT(number_after(server().ask("mntr"), "\nzk_cnt_readlatency\t"), requests - 1);
    EXPECT_EQ(number_after(server().ask("srvr"), "Latency min/avg/max: "), least);
    ASSERT_EQ(server().ask("crst"), "Connection stats reset.\n");
    EXPECT_EQ(number_after(server().ask("cons"), ",maxlat="), 0);
    ASSERT_EQ(server().ask("srst"), "Server stats reset.\n");
    EXPECT_NE(server().ask("srvr").find("\nLatency min/avg/max: 0/0.0/0\n"), std::string::npos);
}

TEST_P(words_test, what_follows_a_word_is_ignored) {
    ask("ruok\n", "imok");
    ask("ruok\r\n", "imok");
    ask("ruokruok", "imok");
}

TEST_P(words_test, a_word_may_come_byte_by_byte_from_a_client_that_then_only_listens) {
    raw_connection peer(server().port());
    for (const char* letter : {"s", "r", "v", "r"}) {
        peer.send(letter);
    }
    peer.finish_sending();
    EXPECT_NE(peer.rest().find("Mode: standalone\n"), std::string::npos);
}

TEST_P(words_test, an_unknown_word_ends_the_connection_silently) {
    for (const char* word : {"what", "RUOK", "ruo?"}) {
        EXPECT_EQ(server().ask(word), "") << word;
    }
}

TEST_P(words_test, a_word_is_one_at_the_beginning_of_a_connection_only) {
    auto zk = open();
    zk.connection().send("ruok");
    EXPECT_TRUE(zk.ended());
}

TEST_P(words_test, srvr_tells_how_the_server_does) {
    const auto fresh = ask("srvr", "Zookeeper version: " + version_ + figures_);
    auto zk = open();
    const auto zxid = zk.create(path("/a")).zxid;
    const auto answer = server().ask("srvr");
    EXPECT_NE(answer.find("Zxid: " + hexadecimal(zxid) + "\n"), std::string::npos) << answer;
    EXPECT_EQ(number_after(answer, "Node count: "), number_after(fresh, "Node count: ") + 1);
    EXPECT_GT(number_after(answer, "Received: "), number_after(fresh, "Received: "));
    EXPECT_GT(number_after(answer, "Sent: "), number_after(fresh, "Sent: "));
    EXPECT_EQ(number_after(answer, "Connections: "), 2) << "the one that asks is another";
    ASSERT_EQ(server().ask("srst"), "Server stats reset.\n");
    EXPECT_LT(number_after(server().ask("srvr"), "Received: "), 3);
}

TEST_P(words_test, stat_lists_the_clients_too) {
    auto zk = open();
    zk.ping();
    ask("stat", "Zookeeper version: " + version_ +
                    "Clients:\n"
                    "( /127\\.0\\.0\\.1:\\d+\\[\\d+\\]\\(queued=\\d+,recved=\\d+,sent=\\d+\\)\n){2}\n" +
                    figures_);
}

TEST_P(words_test, cons_tells_what_each_connection_does) {
    auto zk = open({.timeout = 7000});
    ASSERT_EQ(zk.create(path("/a")).err, ok);
    const auto last = zk.get(path("/a")).zxid;
    const std::string head = " /127\\.0\\.0\\.1:\\d+\\[\\d+\\]\\(queued=0,recved=\\d+,sent=\\d+";
    ask_for("cons", "(^|\n)" + head + ",sid=" + hexadecimal(zk.id()) + ",lop=GETD,est=\\d+,to=7000,lcxid=0x2,lzxid=" +
                        hexadecimal(last) + ",lresp=\\d+,llat=\\d+,minlat=\\d+,avglat=\\d+,maxlat=\\d+\\)\n");
    ask("cons", "(" + head + "[^\n]*\\)\n){2}\n");
}

TEST_P(words_test, conf_tells_the_settings) {
    ask("conf", "clientPort=" + std::to_string(server().port()) +
                    "\nsecureClientPort=-1\ndataDir=[^\n]*\ndataDirSize=\\d+\ndataLogDir=[^\n]*\ndataLogSize=\\d+\n"
                    "tickTime=500\nmaxClientCnxns=0\nminSessionTimeout=1000\nmaxSessionTimeout=30000\n"
                    "clientPortListenBacklog=-1\nserverId=0\n");
}

TEST_P(words_test, envi_begins_with_the_version) {
    ask_for("envi", "^Environment:\nzookeeper\\.version=" + version_ + "host\\.name=[^\n]+\n");
    for (const char* key : {"os.name=Linux", "os.arch=", "os.version=", "user.name=", "user.home=", "user.dir="}) {
        EXPECT_NE(server().ask("envi").find(std::string("\n") + key), std::string::npos) << key;
    }
}

TEST_P(words_test, mntr_has_a_line_a_figure) {
    auto zk = open();
    ASSERT_EQ(zk.create(path("/e"), {.flags = 1}).err, ok);
    ASSERT_EQ(zk.get(path("/e"), true).err, ok);
    ASSERT_EQ(zk.children(path(), true).err, ok);
    const auto answer = server().ask("mntr");
    std::istringstream lines(answer);
    const std::regex form("zk_[a-zA-Z0-9_.{}=\"/-]+\t[^\t]+");
    for (std::string line; std::getline(lines, line);) { // not at once: std::regex recurses with what it matches
        EXPECT_TRUE(std::regex_match(line, form)) << line;
    }
    EXPECT_TRUE(std::regex_search(answer, std::regex("(^|\n)zk_version\t" + version_)));
    EXPECT_NE(answer.find("zk_server_state\tstandalone\n"), std::string::npos);
    for (const char* key : {"avg_latency", "avg_readlatency", "avg_updatelatency", "connection_drop_probability"}) {
        EXPECT_TRUE(std::regex_search(answer, std::regex(std::string("\nzk_") + key + "\t\\d+\\.\\d+\n"))) << key;
    }
    for (const char* key : {"max_latency",
                            "min_latency",
                            "packets_received",
                            "packets_sent",
                            "num_alive_connections",
                            "outstanding_requests",
                            "znode_count",
                            "watch_count",
                            "ephemerals_count",
                            "approximate_data_size",
                            "open_file_descriptor_count",
                            "max_file_descriptor_count",
                            "global_sessions",
                            "local_sessions",
                            "uptime",
                            "auth_failed_count",
                            "last_client_response_size",
                            "max_client_response_size",
                            "min_client_response_size",
                            "bytes_received_count",
                            "response_bytes",
                            "connection_request_count",
                            "connection_rejected",
                            "sessionless_connections_expired",
                            "stale_sessions_expired",
                            "min_readlatency",
                            "max_readlatency",
                            "cnt_readlatency",
                            "sum_readlatency",
                            "min_updatelatency",
                            "max_updatelatency",
                            "cnt_updatelatency",
                            "sum_updatelatency"}) {
        EXPECT_TRUE(std::regex_search(answer, std::regex(std::string("\nzk_") + key + "\t\\d+\n"))) << key;
    }
    EXPECT_EQ(number_after(answer, "\nzk_watch_count\t"), 2);
    EXPECT_EQ(number_after(answer, "\nzk_ephemerals_count\t"), 1);
    EXPECT_EQ(number_after(answer, "\nzk_global_sessions\t"), 1);
    EXPECT_EQ(number_after(answer, "\nzk_num_alive_connections\t"), 2);
    EXPECT_EQ(number_after(answer, "\nzk_znode_count\t"), number_after(server().ask("srvr"), "Node count: "));
}

TEST_P(words_test, the_size_of_the_data_counts_paths_and_bytes) {
    auto zk = open();
    const auto size = [&] { return number_after(server().ask("mntr"), "\nzk_approximate_data_size\t"); };
    const auto before = size();
    ASSERT_EQ(zk.create(path("/a"), {.data = std::string_view("12345")}).err, ok);
    EXPECT_EQ(size() - before, static_cast<long>(path("/a").size() + 5));
    ASSERT_EQ(zk.set(path("/a"), "1").err, ok);
    EXPECT_EQ(size() - before, static_cast<long>(path("/a").size() + 1));
    ASSERT_EQ(zk.remove(path("/a")).err, ok);
    EXPECT_EQ(size(), before);
}

TEST_P(words_test, watches_are_listed_by_session_and_by_path) {
    auto zk = open();
    auto other = open();
    ASSERT_EQ(zk.get(path(), true).err, ok);
    ASSERT_EQ(zk.exists(path("/missing"), true).err, errc::no_node);
    ASSERT_EQ(zk.add_watch(path("/missing/too"), 0).err, ok);
    ASSERT_EQ(zk.children(path(), true).err, ok);
    ASSERT_EQ(other.get(path(), true).err, ok);
    const auto mine = hexadecimal(zk.id());
    const auto others = hexadecimal(other.id());
    const auto by_session = ask("wchc", "(0x[0-9a-f]+\n(\t/[^\n]*\n)+)+\n");
    for (const auto& line : {path(), path("/missing"), path("/missing/too")}) {
        EXPECT_NE(by_session.find("\t" + line + "\n"), std::string::npos) << line;
    }
    EXPECT_NE(by_session.find(mine + "\n\t"), std::string::npos);
    EXPECT_NE(by_session.find(others + "\n\t" + path() + "\n"), std::string::npos);
    const auto by_path = ask("wchp", "(/[^\n]*\n(\t0x[0-9a-f]+\n)+)+\n");
    EXPECT_NE(by_path.find(path("/missing") + "\n\t" + mine + "\n"), std::string::npos);
    EXPECT_NE(by_path.find(path() + "\n\t"), std::string::npos);
    ask("wchs", "2 connections watching 3 paths\nTotal watches:4\n");
    zk.drop();
    other.drop();
    auto last = open();
    last.ping();
    ask("wchs", "0 connections watching 0 paths\nTotal watches:0\n");
    EXPECT_EQ(ask("wchc", "\n"), "\n");
}

TEST_P(words_test, dump_tells_of_sessions_and_ephemerals) {
    auto zk = open();
    ASSERT_EQ(zk.create(path("/e1"), {.flags = 1}).err, ok);
    const auto id = hexadecimal(zk.id());
    const auto answer = ask(
        "dump",
        "SessionTracker dump:\n"
        "Session Sets \\(\\d+\\)/\\(1\\):\n"
        "(0 expire at [^\n]+:\n)*1 expire at [A-Z][a-z]{2} [A-Z][a-z]{2} \\d\\d \\d\\d:\\d\\d:\\d\\d [A-Z]+ \\d{4}:\n"
        "\t" +
            id +
            "\n"
            "ephemeral nodes dump:\n"
            "Sessions with Ephemerals \\(1\\):\n" +
            id +
            ":\n"
            "\t" +
            path("/e1") +
            "\n"
            "Connections dump:\n"
            "Connections Sets \\(\\d+\\)/\\(\\d+\\):\n"
            "(\\d+ expire at [^\n]+:\n(\tip: /127\\.0\\.0\\.1:\\d+ sessionId: 0x[0-9a-f]+\n)*)+");
    EXPECT_NE(answer.find(" sessionId: " + id + "\n"), std::string::npos);
    EXPECT_TRUE(server().has_ephemeral(path("/e1")));
    ASSERT_EQ(zk.close().err, ok);
    EXPECT_FALSE(server().has_ephemeral(path("/e1")));
}

} // namespace
} // namespace zooid::test
