#include "server/four_letter_words.hpp"

#include "server/server_state.hpp"

namespace zooid::server {

bool answer_word(server_state& state, std::string_view input, moment, std::string& answer) {
    const std::string_view word = input.substr(0, 4);
    if (word == "ruok") {
        answer = "imok";
        return true;
    }
    if (word == "isro") {
        answer = state.read_only ? "ro" : "rw";
        return true;
    }
    return false;
}

} // namespace zooid::server
