#include "cli/duration_option.hpp"

#include "cli/duration.hpp"

#include <CLI/CLI.hpp>

namespace zooid::cli {

CLI::Option* add_duration(CLI::App& app, const std::string& name, std::chrono::milliseconds& target,
                          const std::string& help, zero meaning) {
    const auto read = [&target, meaning](const std::string& text) {
        if (meaning == zero::never && text == "0") {
            target = std::chrono::milliseconds{0};
            return;
        }
        const auto duration = parse_duration(text);
        if (!duration) {
            throw CLI::ValidationError("'" + text + "' is no duration, such as 500ms, 10s or 2m");
        }
        target = *duration;
    };
    const std::string by_default = target.count() == 0 ? std::string{} : " [" + format_duration(target) + "]";
    return app.add_option_function<std::string>(name, read, help + by_default)->type_name("DURATION");
}

} // namespace zooid::cli
