#include "cli/application.hpp"

#include "cli/command.hpp"
#include "cli/duration_option.hpp"
#include "cli/help_format.hpp"
#include "cli/runner.hpp"

#include <CLI/CLI.hpp>
#include <unistd.h>

#include <algorithm>
#include <sstream>
#include <string_view>
#include <vector>

namespace zooid::cli {
namespace {

constexpr std::string_view environment_help = R"(Environment:
  ZOOID_SERVER  the default of --server
  ZOOID_AUTH    one credential, as for --auth

Exit codes:
)";

/// The parser and the commands it knows.
class command_line {
public:
    command_line() {
        app_.set_help_flag("-h,--help", "Print this help");
        app_.set_version_flag("-V,--version", "zooid " ZOOID_VERSION, "Print the version");
        app_.require_subcommand(1);
        app_.formatter(make_help_format());
        app_.footer("Try 'zooid help COMMAND' for one command.\n\n" + std::string(environment_help) +
                    describe_exit_codes());
        declare_global_options();
        add(make_ls());
        add(make_tree());
        add(make_get());
        add(make_set());
        add(make_create());
        add(make_rm());
        add(make_stat());
        add(make_acl());
        add(make_watch());
        add(make_sync());
        add(make_four_letter_word());
        add(make_serve());
    }

    /// Returns the command asked for, or null after help or an error was printed; then `ended` tells how.
    command* parse(int argc, const char* const* argv);

    [[nodiscard]] exit_code ended() const noexcept { return ended_; }
    [[nodiscard]] const global_options& options() const noexcept { return options_; }
    [[nodiscard]] std::string chosen_name() const { return app_.get_subcommands().front()->get_name(); }

private:
    struct entry {
        std::unique_ptr<command> what;
        CLI::App* parser;
    };

    void declare_global_options();
    void add(std::unique_ptr<command> what);
    void print_help(const CLI::ParseError& request);
    void refuse(const CLI::ParseError& problem);

    CLI::App app_{"Looks at and changes the tree of a ZooKeeper server.", "zooid"};
    global_options options_;
    std::vector<entry> commands_;
    exit_code ended_ = exit_code::ok;
};

void command_line::declare_global_options() {
    app_.add_option("-s,--server", options_.server, "Servers and chroot [" + options_.server + "]")
        ->type_name("HOST:PORT,...[/CHROOT]")
        ->envname("ZOOID_SERVER");
    add_duration(app_, "--timeout", options_.timeout, "How long to wait for a connection, and for each answer");
    add_duration(app_, "--session-timeout", options_.session_timeout, "Session timeout to ask the server for");
    app_.add_flag("--json", options_.json, "Print JSON, one document a line");
    app_.add_option("--auth", options_.auth,
                    "Credential to authenticate with; @FILE reads one a line; may be repeated. A file, or ZOOID_AUTH, "
                    "keeps secrets out of the process list")
        ->type_name("SCHEME:DATA|@FILE")
        ->envname("ZOOID_AUTH")
        ->allow_extra_args(false);
    app_.add_flag("-v,--verbose", options_.verbosity, "Tell on standard error what happens; -vv: in detail");
}

void command_line::add(std::unique_ptr<command> what) {
    CLI::App* parser = what->declare(app_);
    parser->group("Commands");
    parser->fallthrough(); // so that global options may follow the command
    const std::string more = parser->get_footer();
    parser->footer(more + (more.empty() ? "" : "\n\n") + "Options of every command, such as --server: zooid --help");
    commands_.push_back({std::move(what), parser});
}

void command_line::print_help(const CLI::ParseError& request) {
    std::ostringstream text;
    app_.exit(request, text, text);
    output out(STDOUT_FILENO);
    out.write(text.str());
    out.flush();
}

void command_line::refuse(const CLI::ParseError& problem) {
    const auto chosen = app_.get_subcommands();
    const std::string name = chosen.empty() ? "" : chosen.front()->get_name();
    if (chosen.empty() && dynamic_cast<const CLI::RequiredError*>(&problem) != nullptr) {
        const auto strange = app_.remaining();
        complain("", strange.empty() ? "a command is required" : "'" + strange.front() + "' is no command");
    } else {
        complain(name, problem.what());
    }
    complain(name, "try 'zooid " + (name.empty() ? "" : name + " ") + "--help'");
}

command* command_line::parse(int argc, const char* const* argv) {
    std::vector<std::string> arguments(argv + (argc > 0 ? 1 : 0), argv + argc);
    if (!arguments.empty() && arguments.front() == "help") {
        arguments.erase(arguments.begin());
        arguments.emplace_back("--help");
    }
    std::reverse(arguments.begin(), arguments.end()); // the parser takes them from the back
    try {
        app_.parse(arguments);
    } catch (const CLI::Success& request) { // --help, --version
        print_help(request);
        return nullptr;
    } catch (const CLI::ParseError& problem) {
        refuse(problem);
        ended_ = exit_code::usage;
        return nullptr;
    }
    const CLI::App* chosen = app_.get_subcommands().front();
    const auto found =
        std::find_if(commands_.begin(), commands_.end(), [chosen](const entry& e) { return e.parser == chosen; });
    return found->what.get();
}

exit_code run_guarded(int argc, const char* const* argv) {
    command_line line;
    command* what = line.parse(argc, argv);
    return what == nullptr ? line.ended() : run_command(*what, line.chosen_name(), line.options());
}

} // namespace

exit_code run_application(int argc, const char* const* argv) noexcept {
    try {
        ignore_broken_pipes();
        return run_guarded(argc, argv);
    } catch (const output_closed&) {
        return exit_code::broken_pipe;
    } catch (const std::exception& problem) {
        complain("", problem.what());
    } catch (...) {
        complain("", "unknown error");
    }
    return exit_code::failure;
}

} // namespace zooid::cli
