#include "unit/server/core_fixture.hpp"

#include <regex>
#include <sstream>

namespace zooid::server {
namespace {

constexpr std::int32_t ok = 0;

server_config configured() {
    server_config config;
    config.version = "3.8.0-abc, built on 2024-01-01 00:00 UTC";
    config.environment = {{"host.name", "example"}, {"os.name", "Linux"}};
    config.client_port = 2181;
    config.figures = [] { return process_figures{17, 1'024}; };
    return config;
}

std::string ask(test_world& world, std::string_view word) {
    test_peer& peer = world.open();
    peer.raw = true;
    peer.send(word);
    EXPECT_TRUE(peer.closed()) << word;
    return peer.bytes();
}

/// The value behind a key at the start of a line.
std::string value_of(const std::string& text, const std::string& key) {
    std::istringstream in{text};
    for (std::string line; std::getline(in, line);) {
        if (line.starts_with(key)) {
            return line.substr(key.size());
        }
    }
    ADD_FAILURE() << "no line begins with '" << key << "' in:\n" << text;
    return {};
}

std::string hexadecimal(std::int64_t number) {
    std::ostringstream out;
    out << "0x" << std::hex << number;
    return out.str();
}

TEST(four_letter_words, the_short_ones) {
    test_world world{configured()};
    EXPECT_EQ(ask(world, "ruok"), "imok");
    EXPECT_EQ(ask(world, "ruok\n"), "imok") << "what follows is ignored";
    EXPECT_EQ(ask(world, "isro"), "rw");
    EXPECT_EQ(ask(world, "dirs"), "datadir_size: 0\nlogdir_size: 0\n");
    EXPECT_EQ(ask(world, "crst"), "Connection stats reset.\n");
    EXPECT_EQ(ask(world, "srst"), "Server stats reset.\n");
    world.core.set_read_only(true, world.at);
    EXPECT_EQ(ask(world, "isro"), "ro");
    EXPECT_EQ(value_of(ask(world, "srvr"), "Mode: "), "read-only");
}

TEST(four_letter_words, addresses_of_ip_version_6_are_in_brackets) {
    test_world world{configured()};
    world.open("0:0:0:0:0:0:0:1");
    EXPECT_NE(ask(world, "cons").find(" /[0:0:0:0:0:0:0:1]:40000[0]("), std::string::npos);
    EXPECT_NE(ask(world, "dump").find("ip: /[0:0:0:0:0:0:0:1]:40000 sessionId: 0x0\n"), std::string::npos);
}

TEST(four_letter_words, failed_authentications_are_counted_for_ever) {
    test_world world{configured()};
    EXPECT_EQ(world.client().authenticate("nothing", "known"), err(errc::auth_failed));
    ask(world, "srst");
    EXPECT_EQ(value_of(ask(world, "mntr"), "zk_auth_failed_count\t"), "1");
}

TEST(four_letter_words, the_trace_mask_is_kept) {
    test_world world{configured()};
    EXPECT_EQ(ask(world, "gtmk"), "306");
    EXPECT_EQ(ask(world, std::string_view{"stmk\0\0\0\0\0\0\1\0", 12}), "256");
    EXPECT_EQ(ask(world, "gtmk"), "256");
    EXPECT_EQ(ask(world, std::string_view{"stmk\0\0\0\0\0\0\1", 11}), "") << "not all of it";
    EXPECT_EQ(ask(world, "stmk"), "");
    EXPECT_EQ(ask(world, "gtmk"), "256");
}

/// Has a request answered after so much time.
void ask_slowly(test_world& world, test_peer& peer, opcode op, std::chrono::milliseconds time) {
    peer.reading = false;
    if (op == opcode::set) {
        peer.post(op, wire::set_data_request{"/", "", -1});
    } else {
        peer.post(op, wire::path_watch_request{"/", false});
    }
    world.pass(time);
    peer.read();
    EXPECT_EQ(peer.take().header.err, ok);
}

TEST(four_letter_words, latencies_are_from_the_request_to_its_reply) {
    test_world world{configured()};
    EXPECT_EQ(value_of(ask(world, "srvr"), "Latency min/avg/max: "), "0/0.0/0");
    test_peer& peer = world.client();
    test_peer& other = world.client();
    ask(world, "srst");
    ask(world, "crst");
    ask_slowly(world, peer, opcode::get, 30ms);
    ask_slowly(world, peer, opcode::set, 10ms);
    ask_slowly(world, other, opcode::get, 11ms);
    EXPECT_EQ(value_of(ask(world, "srvr"), "Latency min/avg/max: "), "10/17.0/30");
    ask_slowly(world, peer, opcode::get, 4ms);
    const std::string answer = ask(world, "mntr");
    for (const auto& [key, value] :
         std::initializer_list<std::pair<const char*, const char*>>{{"avg_latency", "13.75"},
                                                                    {"min_latency", "4"},
                                                                    {"max_latency", "30"},
                                                                    {"avg_readlatency", "15.0"},
                                                                    {"min_readlatency", "4"},
                                                                    {"max_readlatency", "30"},
                                                                    {"cnt_readlatency", "3"},
                                                                    {"sum_readlatency", "45"},
                                                                    {"avg_updatelatency", "10.0"},
                                                                    {"cnt_updatelatency", "1"}}) {
        EXPECT_EQ(value_of(answer, std::string{"zk_"} + key + "\t"), value) << key;
    }
    const std::string all = ask(world, "cons");
    EXPECT_NE(all.find(",llat=4,minlat=4,avglat=14,maxlat=30)"), std::string::npos) << all;
    EXPECT_NE(all.find(",llat=11,minlat=11,avglat=11,maxlat=11)"), std::string::npos) << all;
    ask(world, "crst");
    EXPECT_EQ(ask(world, "cons").find("maxlat=30"), std::string::npos);
    EXPECT_EQ(value_of(ask(world, "srvr"), "Latency min/avg/max: "), "4/13.75/30");
    ask(world, "srst");
    EXPECT_EQ(value_of(ask(world, "srvr"), "Latency min/avg/max: "), "0/0.0/0");
}

TEST(four_letter_words, latencies_count_the_time_in_which_a_request_has_to_wait) {
    test_world world{configured()};
    test_peer& peer = world.client();
    ask(world, "srst");
    world.core.freeze(peer.id(), true, world.at);
    peer.post(opcode::ping);
    world.pass(20ms);
    world.core.freeze(peer.id(), false, world.at);
    world.settle();
    EXPECT_EQ(peer.take().header.err, ok);
    EXPECT_EQ(value_of(ask(world, "srvr"), "Latency min/avg/max: "), "20/20.0/20");
}

TEST(four_letter_words, latencies_are_averaged_to_four_decimals) {
    test_world world{configured()};
    test_peer& peer = world.client();
    ask(world, "srst");
    ask_slowly(world, peer, opcode::get, 1ms);
    for (int i = 0; i < 6; ++i) {
        ask_slowly(world, peer, opcode::get, 0ms);
    }
    EXPECT_EQ(value_of(ask(world, "srvr"), "Latency min/avg/max: "), "0/0.1429/1");
}

TEST(four_letter_words, mntr_counts_how_connections_and_sessions_end) {
    server_config config = configured();
    config.max_connections_per_address = 3;
    test_world world{config};
    world.client(4s);
    world.open();
    world.open();
    world.open(); // one too many
    world.pass(15s);
    const std::string answer = ask(world, "mntr");
    EXPECT_EQ(value_of(answer, "zk_connection_request_count\t"), "1");
    EXPECT_EQ(value_of(answer, "zk_connection_rejected\t"), "1");
    EXPECT_EQ(value_of(answer, "zk_sessionless_connections_expired\t"), "2");
    EXPECT_EQ(value_of(answer, "zk_stale_sessions_expired\t"), "1");
    EXPECT_EQ(value_of(answer, "zk_bytes_received_count\t"), "53") << "45 + 4 of the handshake, 4 of the word";
    EXPECT_EQ(value_of(answer, "zk_response_bytes\t"), "37");
}

TEST(four_letter_words, in_pieces) {
    test_world world;
    test_peer& peer = world.open();
    peer.raw = true;
    for (const std::string_view letter : {"r", "u", "o", "k"}) {
        EXPECT_EQ(peer.bytes(), "");
        peer.send(letter);
    }
    EXPECT_EQ(peer.bytes(), "imok");
}

TEST(four_letter_words, only_before_a_session) {
    test_world world;
    test_peer& peer = world.client();
    peer.send("ruok");
    EXPECT_TRUE(peer.closed()) << "there it is the length of a frame";
    EXPECT_EQ(peer.replies(), 0U);
}

TEST(four_letter_words, srvr) {
    test_world world{configured()};
    EXPECT_EQ(ask(world, "srvr"),
              "Zookeeper version: 3.8.0-abc, built on 2024-01-01 00:00 UTC\n"
              "Latency min/avg/max: 0/0.0/0\n"
              "Received: 1\n"
              "Sent: 0\n"
              "Connections: 1\n"
              "Outstanding: 0\n"
              "Zxid: " +
                  hexadecimal(world.core.last_zxid()) +
                  "\n"
                  "Mode: standalone\n"
                  "Node count: 5\n");
    test_peer& peer = world.client();
    EXPECT_EQ(peer.create("/a"), ok);
    const std::string later = ask(world, "srvr");
    EXPECT_EQ(value_of(later, "Received: "), "4");
    EXPECT_EQ(value_of(later, "Sent: "), "3");
    EXPECT_EQ(value_of(later, "Connections: "), "2");
    EXPECT_EQ(value_of(later, "Node count: "), "6");
}

TEST(four_letter_words, stat_and_cons) {
    test_world world{configured()};
    test_peer& peer = world.client(10s);
    EXPECT_EQ(peer.children("/"), ok);
    const std::string stat = ask(world, "stat");
    EXPECT_TRUE(std::regex_search(stat, std::regex{"^Zookeeper version: [^\n]*\nClients:\n"
                                                   " /127\\.0\\.0\\.1:40000\\[1\\]\\(queued=0,recved=2,sent=2\\)\n"
                                                   " /127\\.0\\.0\\.1:40000\\[0\\]\\(queued=0,recved=1,sent=0\\)\n"
                                                   "\nLatency min/avg/max: [^\n]*\nReceived: "}))
        << stat;
    const std::string cons = ask(world, "cons");
    const std::string mine =
        " /127.0.0.1:40000[1](queued=0,recved=2,sent=2,sid=" + hexadecimal(peer.session()) +
        ",lop=GETC,est=1700000000000,to=10000,lcxid=0x1,lzxid=" + hexadecimal(world.core.last_zxid()) +
        ",lresp=1700000000000,llat=0,minlat=0,avglat=0,maxlat=0)\n";
    EXPECT_TRUE(cons.starts_with(mine)) << cons;
    EXPECT_TRUE(cons.ends_with(")\n\n"));
    ask(world, "crst");
    EXPECT_NE(ask(world, "cons").find("recved=0,sent=0,sid="), std::string::npos);
}

TEST(four_letter_words, mntr) {
    test_world world{configured()};
    test_peer& peer = world.client();
    EXPECT_EQ(peer.create("/e", "12345", create_mode::ephemeral), ok);
    EXPECT_EQ(peer.get("/e", true), ok);
    EXPECT_EQ(peer.children("/e", true), ok);
    world.pass(3s);
    const std::string text = ask(world, "mntr");
    for (const auto& [key, value] : std::vector<std::pair<std::string, std::string>>{
             {"version", "3.8.0-abc, built on 2024-01-01 00:00 UTC"},
             {"server_state", "standalone"},
             {"uptime", "3000"},
             {"packets_received", "5"},
             {"packets_sent", "4"},
             {"last_client_response_size", "20"},
             {"max_client_response_size", "93"},
             {"num_alive_connections", "2"},
             {"outstanding_requests", "0"},
             {"znode_count", "6"},
             {"watch_count", "2"},
             {"ephemerals_count", "1"},
             {"open_file_descriptor_count", "17"},
             {"max_file_descriptor_count", "1024"},
             {"global_sessions", "1"},
             {"local_sessions", "0"},
             {"auth_failed_count", "0"},
         }) {
        EXPECT_EQ(value_of(text, "zk_" + key + "\t"), value) << key;
    }
    for (const std::string key :
         {"avg_latency", "max_latency", "min_latency", "approximate_data_size", "connection_drop_probability",
          "last_client_response_size", "max_client_response_size", "min_client_response_size"}) {
        EXPECT_NE(value_of(text, "zk_" + key + "\t"), "") << key;
    }
}

TEST(four_letter_words, conf_and_envi) {
    test_world world{configured()};
    const std::string conf = ask(world, "conf");
    EXPECT_EQ(value_of(conf, "clientPort="), "2181");
    EXPECT_EQ(value_of(conf, "tickTime="), "2000");
    EXPECT_EQ(value_of(conf, "minSessionTimeout="), "4000");
    EXPECT_EQ(value_of(conf, "maxSessionTimeout="), "40000");
    EXPECT_EQ(value_of(conf, "serverId="), "0");
    world.core.set_client_port(1'234);
    EXPECT_EQ(value_of(ask(world, "conf"), "clientPort="), "1234");
    const std::string envi = ask(world, "envi");
    EXPECT_TRUE(envi.starts_with("Environment:\nzookeeper.version=3.8.0-abc, built on 2024-01-01 00:00 UTC\n"));
    EXPECT_EQ(value_of(envi, "host.name="), "example");
}

TEST(four_letter_words, watches_of_data_alone) {
    test_world world;
    EXPECT_EQ(ask(world, "wchs"), "0 connections watching 0 paths\nTotal watches:0\n");
    test_peer& a = world.client();
    test_peer& b = world.client();
    EXPECT_EQ(a.exists("/x", true), err(errc::no_node));
    EXPECT_EQ(a.exists("/y", true), err(errc::no_node));
    EXPECT_EQ(b.exists("/x", true), err(errc::no_node));
    EXPECT_EQ(b.children("/", true), ok);
    EXPECT_EQ(ask(world, "wchs"), "2 connections watching 2 paths\nTotal watches:3\n");
    const std::string first = hexadecimal(a.session());
    const std::string second = hexadecimal(b.session());
    EXPECT_EQ(ask(world, "wchc"), first + "\n\t/x\n\t/y\n" + second + "\n\t/x\n\n");
    EXPECT_EQ(ask(world, "wchp"), "/x\n\t" + first + "\n\t" + second + "\n/y\n\t" + first + "\n\n");
}

TEST(four_letter_words, dump) {
    test_world world; // its clock shows Tue Nov 14 22:13:20 UTC 2023
    test_peer& a = world.client(4s);
    test_peer& b = world.client(10s);
    EXPECT_EQ(b.create("/e", "", create_mode::ephemeral), ok);
    world.lose(a);
    const std::string first = hexadecimal(a.session());
    const std::string second = hexadecimal(b.session());
    EXPECT_EQ(ask(world, "dump"),
              "SessionTracker dump:\n"
              "Session Sets (2)/(2):\n"
              "1 expire at Tue Nov 14 22:13:26 UTC 2023:\n\t" +
                  first + "\n1 expire at Tue Nov 14 22:13:32 UTC 2023:\n\t" + second +
                  "\nephemeral nodes dump:\nSessions with Ephemerals (1):\n" + second +
                  ":\n\t/e\nConnections dump:\nConnections Sets (2)/(2):\n"
                  "1 expire at Tue Nov 14 22:13:30 UTC 2023:\n\tip: /127.0.0.1:40000 sessionId: 0x0\n"
                  "1 expire at Tue Nov 14 22:13:32 UTC 2023:\n\tip: /127.0.0.1:40000 sessionId: " +
                  second + "\n");
}

} // namespace
} // namespace zooid::server
