#pragma once

// Frames as an Apache ZooKeeper 3.8.0 server and its clients put them on the wire, lengths included.

namespace zooid::exchanges {

inline constexpr const char* connect = R"(
    00 00 00 2d  00 00 00 00  00 00 00 00 00 00 00 00  00 00 27 10  00 00 00 00 00 00 00 00
    00 00 00 10  00*16  00)";
inline constexpr const char* connect_without_flag = R"(
    00 00 00 2c  00 00 00 00  00 00 00 00 00 00 00 00  00 00 27 10  00 00 00 00 00 00 00 00
    00 00 00 10  00*16)";
inline constexpr const char* connected = R"(
    00 00 00 25  00 00 00 00  00 00 27 10  01 00 00 15 9e d4 00 00
    00 00 00 10  ce 6a fa e9 43 bf 11 82 5c 6d 29 67 c4 80 56 53  00)";
inline constexpr const char* connected_without_flag = R"(
    00 00 00 24  00 00 00 00  00 00 27 10  01 00 00 15 9e d4 00 00
    00 00 00 10  ce 6a fa e9 43 bf 11 82 5c 6d 29 67 c4 80 56 53)";
inline constexpr const char* resume = R"(
    00 00 00 2d  00 00 00 00  00 00 00 00 00 00 00 06  00 00 27 10  01 00 00 15 9e d4 00 00
    00 00 00 10  ce 6a fa e9 43 bf 11 82 5c 6d 29 67 c4 80 56 53  00)";
inline constexpr const char* refused = R"(
    00 00 00 25  00 00 00 00  00 00 00 00  00*8  00 00 00 10  00*16  00)";

inline constexpr const char* ping = "00 00 00 08  ff ff ff fe  00 00 00 0b";
inline constexpr const char* ping_reply = "00 00 00 10  ff ff ff fe  00 00 00 00 00 00 00 06  00 00 00 00";
inline constexpr const char* auth = R"(
    00 00 00 24  ff ff ff fc  00 00 00 64  00 00 00 00  00 00 00 06 64 69 67 65 73 74
    00 00 00 0a 62 6f 62 3a 73 65 63 72 65 74)";
inline constexpr const char* auth_reply = "00 00 00 10  ff ff ff fc  00*8  00 00 00 00";
inline constexpr const char* sasl_start = "00 00 00 0c  00 00 00 01  00 00 00 66  00 00 00 00";
inline constexpr const char* sasl_failure = "00 00 00 14  00 00 00 02  00*8  ff ff ff 8d  ff ff ff ff";
inline constexpr const char* close = "00 00 00 08  00 00 00 67  ff ff ff f5";
inline constexpr const char* close_reply = "00 00 00 10  00 00 00 67  00 00 00 00 00 00 00 0a  00 00 00 00";
inline constexpr const char* unknown_opcode = "00 00 00 08  00 00 00 01  00 00 00 37";
inline constexpr const char* unknown_opcode_reply = "00 00 00 10  00 00 00 01  ff*8  ff ff ff fa";

inline constexpr const char* create = R"(
    00 00 00 36  00 00 00 01  00 00 00 01  00 00 00 02 2f 61  00 00 00 05 68 65 6c 6c 6f
    00 00 00 01  00 00 00 1f  00 00 00 05 77 6f 72 6c 64  00 00 00 06 61 6e 79 6f 6e 65  00 00 00 00)";
inline constexpr const char* create_reply = R"(
    00 00 00 16  00 00 00 01  00 00 00 00 00 00 00 02  00 00 00 00  00 00 00 02 2f 61)";
inline constexpr const char* create_again_reply = R"(
    00 00 00 10  00 00 00 02  00 00 00 00 00 00 00 03  ff ff ff 92)";
inline constexpr const char* get = "00 00 00 0f  00 00 00 03  00 00 00 04  00 00 00 02 2f 61  01";
inline constexpr const char* get_reply = R"(
    00 00 00 5d  00 00 00 03  00 00 00 00 00 00 00 03  00 00 00 00  00 00 00 05 68 65 6c 6c 6f
    00 00 00 00 00 00 00 02  00 00 00 00 00 00 00 02  00 00 01 a1 f9 f0 dc 8c  00 00 01 a1 f9 f0 dc 8c
    00 00 00 00  00 00 00 00  00 00 00 00  00*8  00 00 00 05  00 00 00 00  00 00 00 00 00 00 00 02)";
inline constexpr const char* set = R"(
    00 00 00 18  00 00 00 04  00 00 00 05  00 00 00 02 2f 61  00 00 00 02 76 31  00 00 00 00)";
inline constexpr const char* set_reply = R"(
    00 00 00 54  00 00 00 04  00 00 00 00 00 00 00 04  00 00 00 00
    00 00 00 00 00 00 00 02  00 00 00 00 00 00 00 04  00 00 01 a1 f9 f0 dc 8c  00 00 01 a1 f9 f0 dd 26
    00 00 00 01  00 00 00 00  00 00 00 00  00*8  00 00 00 02  00 00 00 00  00 00 00 00 00 00 00 02)";
inline constexpr const char* get_children2 = "00 00 00 0e  00 00 00 65  00 00 00 0c  00 00 00 01 2f  01";
inline constexpr const char* get_children2_reply = R"(
    00 00 00 6a  00 00 00 65  00 00 00 00 00 00 00 09  00 00 00 00
    00 00 00 02  00 00 00 01 61  00 00 00 09 7a 6f 6f 6b 65 65 70 65 72
    00*8 00*8 00*8 00*8  00 00 00 00  00 00 00 02  00 00 00 00  00*8  00 00 00 00  00 00 00 02  00 00 00 00 00 00 00 06)";

inline constexpr const char* data_changed = R"(
    00 00 00 1e  ff ff ff ff  ff*8  00 00 00 00  00 00 00 03  00 00 00 03  00 00 00 02 2f 61)";
inline constexpr const char* node_deleted = R"(
    00 00 00 1f  ff ff ff ff  ff*8  00 00 00 00  00 00 00 02  00 00 00 03  00 00 00 03 2f 77 38)";
inline constexpr const char* children_changed = R"(
    00 00 00 1d  ff ff ff ff  ff*8  00 00 00 00  00 00 00 04  00 00 00 03  00 00 00 01 2f)";
inline constexpr const char* set_watches = R"(
    00 00 00 30  ff ff ff f8  00 00 00 65  00 00 00 00 00 00 00 06
    00 00 00 01 00 00 00 02 2f 61  00 00 00 01 00 00 00 05 2f 6e 6f 70 65  00 00 00 01 00 00 00 01 2f)";
inline constexpr const char* set_watches_reply = "00 00 00 10  ff ff ff f8  00 00 00 00 00 00 00 09  00 00 00 00";
inline constexpr const char* add_watch = "00 00 00 12  00 00 00 66  00 00 00 6a  00 00 00 02 2f 61  00 00 00 01";
inline constexpr const char* add_watch_reply = R"(
    00 00 00 14  00 00 00 66  00 00 00 00 00 00 00 09  00 00 00 00  00 00 00 00)";

inline constexpr const char* multi = R"(
    00 00 00 6a  00 00 00 05  00 00 00 0e
    00 00 00 01 00 ff ff ff ff  00 00 00 02 2f 62  00 00 00 01 78
    00 00 00 01 00 00 00 1f 00 00 00 05 77 6f 72 6c 64 00 00 00 06 61 6e 79 6f 6e 65  00 00 00 00
    00 00 00 0d 00 ff ff ff ff  00 00 00 02 2f 61  00 00 00 07
    00 00 00 02 00 ff ff ff ff  00 00 00 02 2f 61  ff ff ff ff
    ff ff ff ff 01 ff ff ff ff)";
inline constexpr const char* multi_failed = R"(
    00 00 00 40  00 00 00 05  00 00 00 00 00 00 00 05  00 00 00 00
    ff ff ff ff 00 00 00 00 00  00 00 00 00
    ff ff ff ff 00 ff ff ff 99  ff ff ff 99
    ff ff ff ff 00 ff ff ff fe  ff ff ff fe
    ff ff ff ff 01 ff ff ff ff)";
inline constexpr const char* multi_done = R"(
    00 00 00 87  00 00 00 06  00 00 00 00 00 00 00 06  00 00 00 00
    00 00 00 01 00 00 00 00 00  00 00 00 02 2f 62
    00 00 00 05 00 00 00 00 00
    00 00 00 00 00 00 00 02 00 00 00 00 00 00 00 06 00 00 01 a1 f9 f0 dc 8c 00 00 01 a1 f9 f0 dd 2f
    00 00 00 02 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 01 00 00 00 00 00 00 00 00 00 00 00 02
    00 00 00 0d 00 00 00 00 00
    00 00 00 02 00 00 00 00 00
    ff ff ff ff 01 ff ff ff ff)";

} // namespace zooid::exchanges
