#include "testing/simulation/virtual_network.hpp"

#include "testing/simulation/virtual_stream.hpp"

#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>

#include <algorithm>
#include <utility>

namespace zooid::testing {

namespace {

constexpr const char* everyone = "*";

[[nodiscard]] std::pair<std::string, std::string> in_order(const std::string& a, const std::string& b) {
    return std::minmax(a, b);
}

} // namespace

std::string endpoint_text(const runtime::endpoint& e) {
    const auto address = e.address.to_string();
    return (e.address.is_v6() ? '[' + address + ']' : address) + ':' + std::to_string(e.port);
}

virtual_network::virtual_network(std::uint64_t seed) : chance_(seed) {
    set_name("localhost", {asio::ip::address_v4::loopback()});
}

// ---- chance, time and the record ------------------------------------------------------------------------------------

std::uint64_t virtual_network::draw(std::uint64_t low, std::uint64_t high) {
    // Not std::uniform_int_distribution, whose results differ between libraries; the slight bias does not matter.
    return low + chance_() % (high - low + 1);
}

timeline::duration virtual_network::draw_latency(const link_quality& quality) {
    const auto low = static_cast<std::uint64_t>(quality.min_latency.count());
    const auto high = static_cast<std::uint64_t>(quality.max_latency.count());
    return timeline::duration{static_cast<timeline::duration::rep>(draw(low, std::max(low, high)))};
}

void virtual_network::note(std::string_view what, std::string_view subject, std::optional<std::uint64_t> number) {
    if (!tracing_) {
        return;
    }
    auto line = milliseconds_text(time_.elapsed()) + ' ';
    line += what;
    if (number) {
        line += ' ' + std::to_string(*number);
    }
    line += ' ';
    line += subject;
    trace_.push_back(std::move(line));
}

std::string virtual_network::report() const {
    auto text = "virtual time " + milliseconds_text(time_.elapsed()) + " ms\nscheduled:\n" + time_.describe();
    text += "links:\n";
    for (const auto& link : all_links()) {
        if (!link->closed(side::client) || !link->closed(side::server)) {
            text += link->describe();
        }
    }
    text += "waiting:\n";
    for (const auto& attempt : unanswered_) {
        if (!attempt->closed) {
            text +=
                "  " + attempt->from->name + " connects to " + endpoint_text(attempt->to) + ", which does not answer\n";
        }
    }
    for (const auto& [number, wanted] : lookups_) {
        text += "  " + wanted.from->name + " looks up " + wanted.name + '\n';
    }
    for (const auto& host : hosts_) {
        if (host.place->paused) {
            text += "  " + host.place->name + " is paused, with " + std::to_string(host.place->waiting.size()) +
                    " events\n";
        }
    }
    for (const auto& [host, other] : partitions_) {
        text.append("  partition between ").append(host).append(" and ").append(other).append("\n");
    }
    return text;
}

// ---- hosts and partitions -------------------------------------------------------------------------------------------

void virtual_network::add_host(const asio::ip::address& address, std::shared_ptr<timeline::place> place) {
    set_name(place->name, {address});
    hosts_.push_back({address, std::move(place)});
}

const virtual_network::known_host* virtual_network::host_at(const asio::ip::address& address) const {
    const auto found = std::find_if(hosts_.begin(), hosts_.end(), [&](const auto& h) { return h.address == address; });
    return found == hosts_.end() ? nullptr : &*found;
}

bool virtual_network::parted(const std::string& host, const std::string& other) const {
    return !partitions_.empty() && host != other &&
           (partitions_.contains(in_order(host, other)) || partitions_.contains(in_order(host, everyone)) ||
            partitions_.contains(in_order(other, everyone)));
}

void virtual_network::partition(const std::string& host, const std::string& other) {
    partitions_.insert(in_order(host, other));
    note("partition", host + ' ' + other);
    partitions_changed();
}

void virtual_network::heal(const std::string& host, const std::string& other) {
    partitions_.erase(in_order(host, other));
    note("heal", host + ' ' + other);
    partitions_changed();
}

void virtual_network::isolate(const std::string& host) { partition(host, everyone); }

void virtual_network::rejoin(const std::string& host) { heal(host, everyone); }

void virtual_network::heal_all() {
    partitions_.clear();
    note("heal", everyone);
    partitions_changed();
}

void virtual_network::partitions_changed() {
    for (const auto& link : all_links()) {
        link->refresh();
    }
    knock_again();
}

void virtual_network::crash(const timeline::place& host) {
    note("crash", host.name);
    const auto here = std::find_if(hosts_.begin(), hosts_.end(), [&](const auto& h) { return h.place.get() == &host; });
    std::vector<virtual_listener*> closing;
    for (const auto& [at, who] : listeners_) {
        if (here != hosts_.end() && who->local().address == here->address) {
            closing.push_back(who);
        }
    }
    for (auto* who : closing) {
        who->close();
    }
    for (const auto& link : all_links()) {
        if (&link->place(side::client) == &host || &link->place(side::server) == &host) {
            link->cut(cut_kind::reset);
        }
    }
}

std::vector<std::shared_ptr<virtual_link>> virtual_network::all_links() const {
    std::vector<std::shared_ptr<virtual_link>> result;
    for (const auto& weak : links_) {
        if (auto link = weak.lock()) {
            result.push_back(std::move(link));
        }
    }
    return result;
}

std::vector<std::shared_ptr<virtual_link>> virtual_network::links() const {
    auto result = all_links();
    std::erase_if(result, [](const auto& link) { return !link->alive(); });
    return result;
}

void virtual_network::shut_down() {
    shut_down_ = true;
    for (const auto& link : all_links()) {
        link->shut_down();
    }
    for (const auto& [at, who] : std::exchange(listeners_, {})) {
        who->shut_down();
    }
    const auto lookups = std::exchange(lookups_, {});
    for (const auto& attempt : std::exchange(unanswered_, {})) {
        attempt->closed = true;
        const auto handler = std::exchange(attempt->handler, std::nullopt);
    }
    for (const auto& host : hosts_) {
        const auto dropped = std::exchange(host.place->waiting, {});
    }
    time_.shut_down();
    on_link_ = nullptr;
}

// ---- connecting -----------------------------------------------------------------------------------------------------

bool virtual_network::add_listener(const runtime::endpoint& at, virtual_listener& who) {
    const bool added = !shut_down_ && listeners_.emplace(endpoint_text(at), &who).second;
    if (added) {
        knock_again();
    }
    return added;
}

void virtual_network::remove_listener(const runtime::endpoint& at) { listeners_.erase(endpoint_text(at)); }

void virtual_network::set_welcome(const runtime::endpoint& to, welcome how) {
    welcomes_[endpoint_text(to)] = how;
    knock_again();
}

void virtual_network::connect(const std::shared_ptr<connection_attempt>& attempt) {
    if (shut_down_) {
        attempt->handler.reset();
        return;
    }
    attempt->step =
        time_.add(time_.now() + draw_latency(), attempt->from, "connection attempt",
                  std::make_shared<const std::string>(endpoint_text(attempt->to)), [this, attempt] { knock(attempt); });
}

void virtual_network::knock_again() {
    for (auto& attempt : std::exchange(unanswered_, {})) {
        if (!attempt->closed) {
            connect(attempt);
        }
    }
}

void virtual_network::knock(const std::shared_ptr<connection_attempt>& attempt) {
    auto to = attempt->to;
    if (to.address.is_loopback()) {
        to.address = attempt->local.address;
    }
    const auto special = welcomes_.find(endpoint_text(to));
    const auto how = special == welcomes_.end() ? welcome::accept : special->second;
    const auto* there = host_at(to.address);
    if (how == welcome::ignore || there == nullptr || parted(attempt->from->name, there->place->name)) {
        std::erase_if(unanswered_, [](const auto& a) { return a->closed; });
        unanswered_.push_back(attempt);
    } else if (how == welcome::refuse || !listeners_.contains(endpoint_text(to))) {
        note("refused", attempt->from->name + '>' + endpoint_text(to));
        answer(attempt, asio::error::connection_refused, time_.now() + draw_latency());
    } else {
        accept(attempt, to, there->place);
    }
}

void virtual_network::accept(const std::shared_ptr<connection_attempt>& attempt, const runtime::endpoint& to,
                             const std::shared_ptr<timeline::place>& there) {
    const auto& executor = listeners_.at(endpoint_text(to))->executor();
    const auto link = std::make_shared<virtual_link>(
        *this, ++links_made_, virtual_link::party{attempt->from, attempt->local, attempt->executor},
        virtual_link::party{there, to, executor}, quality_);
    note("connected", link->name());
    std::erase_if(links_, [](const auto& weak) { return weak.expired(); });
    links_.push_back(link);
    attempt->link = link;
    const auto established = time_.now() + draw_latency();
    answer(attempt, {}, established);
    link->not_before(direction::to_client, established);
    if (on_link_) {
        on_link_(*link);
    }
    // Connections are made by the system: the program that listens may be paused, and gets them afterwards.
    time_.add(time_.now(), there, "accept", std::make_shared<const std::string>(link->name()),
              [this, link] { hand_over(link); });
}

void virtual_network::hand_over(const std::shared_ptr<virtual_link>& link) {
    const auto listener = listeners_.find(endpoint_text(link->address(side::server)));
    if (listener != listeners_.end()) {
        listener->second->take(link);
    } else {
        link->cut(cut_kind::reset);
        link->close(side::server);
    }
}

void virtual_network::answer(const std::shared_ptr<connection_attempt>& attempt, error_code ec, steady_time at) {
    attempt->step =
        time_.add(at, attempt->from, "connection answered",
                  std::make_shared<const std::string>(endpoint_text(attempt->to)), [attempt, ec] {
                      asio::post(attempt->executor, [attempt, ec] {
                          if (auto h = std::exchange(attempt->handler, std::nullopt)) {
                              std::move (*h)(attempt->closed ? error_code{asio::error::operation_aborted} : ec);
                          }
                      });
                  });
}

void virtual_network::give_up(connection_attempt& attempt) {
    if (std::exchange(attempt.closed, true)) {
        return;
    }
    time_.cancel(attempt.step);
    if (auto handler = std::exchange(attempt.handler, std::nullopt); handler && !shut_down_) {
        asio::post(attempt.executor,
                   [h = std::move(*handler)]() mutable { std::move(h)(asio::error::operation_aborted); });
    }
}

// ---- names ----------------------------------------------------------------------------------------------------------

void virtual_network::set_name(const std::string& name, std::vector<asio::ip::address> addresses) {
    set_name_entry(name, {std::move(addresses), {}, false});
}

void virtual_network::fail_name(const std::string& name, error_code ec) { set_name_entry(name, {{}, ec, false}); }

void virtual_network::silence_name(const std::string& name) { set_name_entry(name, {{}, {}, true}); }

void virtual_network::set_name_entry(const std::string& name, name_entry entry) {
    names_[name] = std::move(entry);
    for (const auto& [number, wanted] : lookups_) {
        if (wanted.name == name) {
            schedule_lookup(number);
        }
    }
}

void virtual_network::resolve(lookup wanted) {
    if (shut_down_) {
        return;
    }
    const auto number = ++last_lookup_;
    const auto slot = asio::get_associated_cancellation_slot(wanted.handler);
    lookups_.emplace(number, std::move(wanted));
    if (slot.is_connected()) {
        asio::cancellation_slot{slot}.assign([weak = weak_from_this(), number](asio::cancellation_type /*any*/) {
            if (const auto network = weak.lock()) {
                network->finish_lookup(number, asio::error::operation_aborted, {});
            }
        });
    }
    schedule_lookup(number);
}

void virtual_network::schedule_lookup(std::uint64_t number) {
    const auto& wanted = lookups_.at(number);
    time_.add(time_.now() + draw_latency(), wanted.from, "lookup", std::make_shared<const std::string>(wanted.name),
              [this, number] { answer_lookup(number); });
}

void virtual_network::answer_lookup(std::uint64_t number) {
    const auto wanted = lookups_.find(number);
    if (wanted == lookups_.end()) {
        return;
    }
    const auto known = names_.find(wanted->second.name);
    if (known == names_.end()) {
        finish_lookup(number, asio::error::host_not_found, {});
    } else if (!known->second.silent) {
        std::vector<runtime::endpoint> found;
        for (const auto& address : known->second.addresses) {
            found.push_back({address, wanted->second.port});
        }
        finish_lookup(number, known->second.failure, std::move(found));
    }
}

void virtual_network::finish_lookup(std::uint64_t number, error_code ec, std::vector<runtime::endpoint> found) {
    auto entry = lookups_.extract(number);
    if (!entry) {
        return;
    }
    asio::post(entry.mapped().executor,
               [h = std::move(entry.mapped().handler), ec, found = std::move(found)]() mutable {
                   asio::get_associated_cancellation_slot(h).clear();
                   std::move(h)(ec, std::move(found));
               });
}

} // namespace zooid::testing
