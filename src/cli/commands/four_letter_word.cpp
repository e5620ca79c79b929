#include "cli/command.hpp"
#include "cli/escaping.hpp"
#include "cli/exit_code.hpp"

#include <boost/asio/use_awaitable.hpp>

#include <CLI/CLI.hpp>

namespace zooid::cli {
namespace {

/// What a server answers to a word it knows but may not execute.
constexpr std::string_view refusal = "is not executed because it is not in the whitelist";

class four_letter_word final : public command {
public:
    CLI::App* declare(CLI::App& app) override {
        auto* parser = app.add_subcommand("4lw", "Send a four-letter word, such as ruok, srvr or mntr, to one server");
        parser->add_option("word", word_, "The word")->type_name("WORD")->required();
        parser->add_option("host", host_, "The server [the first of --server]")->type_name("HOST:PORT");
        parser->footer("No session is opened. Servers answer the words on their whitelist.\nJSON: {word, answer}");
        return parser;
    }
    void prepare() override {
        if (word_.size() != 4) {
            throw command_failure(exit_code::usage, "a word has four letters");
        }
    }
    [[nodiscard]] bool needs_session() const noexcept override { return false; }
    [[nodiscard]] std::string subject() const override { return word_; }

    asio::awaitable<void> run(invocation& call) override {
        const command_options how{.host = host_, .timeout = call.options.timeout};
        const std::string answer = co_await call.zk.async_command(word_, how, asio::use_awaitable);
        // What a server does not know it takes for a wrong frame. All words have an answer but one.
        if (answer.empty() && word_ != "hash") {
            throw command_failure(exit_code::unsupported, "the server closed the connection without an answer");
        }
        if (answer.find(refusal) != std::string::npos) {
            throw command_failure(exit_code::not_permitted, "the server's whitelist does not permit this word");
        }
        if (call.options.json) {
            json::object document;
            document["word"] = json_text(word_);
            document["answer"] = json_text(answer);
            call.print(document);
            co_return;
        }
        call.out.write(call.out.is_terminal() ? escape_for_terminal(answer, line_ends::keep) : answer);
        if (!answer.empty() && answer.back() != '\n') {
            call.out.write("\n");
        }
    }

private:
    std::string word_;
    std::string host_;
};

} // namespace

std::unique_ptr<command> make_four_letter_word() { return std::make_unique<four_letter_word>(); }

} // namespace zooid::cli
