#include "cli/help_format.hpp"

#include <CLI/CLI.hpp>

namespace zooid::cli {
namespace {

constexpr std::size_t left_column = 30;
constexpr std::size_t page_width = 100;

class help_format final : public CLI::Formatter {
public:
    help_format() {
        column_width(left_column);
        label("SUBCOMMAND", "COMMAND [ARGUMENT...]");
        label("Positionals", "Arguments");
    }

    [[nodiscard]] std::string make_option_name(const CLI::Option* option, bool is_positional) const override {
        if (is_positional) {
            return option->get_type_name();
        }
        std::string name = CLI::Formatter::make_option_name(option, false);
        const auto comma = name.find(',');
        return comma == std::string::npos ? name : name.replace(comma, 1, ", ");
    }
    [[nodiscard]] std::string make_option_opts(const CLI::Option* option) const override {
        const bool is_flag = option->get_type_size() == 0;
        return is_flag || option->get_positional() ? std::string() : " " + option->get_type_name();
    }
    [[nodiscard]] std::string make_option_desc(const CLI::Option* option) const override {
        return wrap_text(option->get_description(), page_width - left_column);
    }
    [[nodiscard]] std::string make_footer(const CLI::App* app) const override {
        return wrap_text(app->get_footer(), page_width) + "\n";
    }
};

} // namespace

std::string wrap_text(std::string_view text, std::size_t width) {
    std::string out;
    while (!text.empty()) {
        const auto end = text.find('\n');
        std::string_view line = text.substr(0, end);
        text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
        while (line.size() > width && line.front() != ' ') {
            auto cut = line.rfind(' ', width);
            cut = cut == std::string_view::npos ? line.find(' ') : cut;
            if (cut == std::string_view::npos) {
                break;
            }
            out.append(line.substr(0, cut)).append("\n");
            line.remove_prefix(cut + 1);
        }
        out += line;
        if (end != std::string_view::npos) {
            out += '\n';
        }
    }
    return out;
}

std::shared_ptr<CLI::FormatterBase> make_help_format() { return std::make_shared<help_format>(); }

} // namespace zooid::cli
