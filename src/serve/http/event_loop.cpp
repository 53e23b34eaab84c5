// SPDX-License-Identifier: Apache-2.0
// epoll_wait, and what to do with each event.
#include "serve/http/event_loop.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <ctime>

#include "base/log.h"
#include "serve/http/http1_connection.h"

namespace tandem::serve {
namespace {

constexpr std::size_t kScratchBytes = 64 * 1024;
constexpr std::uint64_t kWakeId = ~std::uint64_t{0};
constexpr std::uint64_t kListenerFlag = std::uint64_t{1} << 63;  // generations stay below 2^31
constexpr int kAcceptsPerEvent = 64;

std::string http_date(SystemTime time) {
  const std::time_t seconds = std::chrono::system_clock::to_time_t(time);
  std::tm parts{};
  ::gmtime_r(&seconds, &parts);
  constexpr std::array kDays{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  constexpr std::array kMonths{"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  std::array<char, 64> text{};
  std::strftime(text.data(), text.size(), "___, %d ___ %Y %H:%M:%S GMT", &parts);  // names do not depend on the locale
  std::memcpy(text.data(), kDays[static_cast<std::size_t>(parts.tm_wday)], 3);
  std::memcpy(text.data() + 8, kMonths[static_cast<std::size_t>(parts.tm_mon)], 3);
  return text.data();
}

void refuse(int fd, bool tls) {
  constexpr std::string_view kAnswer =
      "HTTP/1.1 503 Service Unavailable\r\nContent-Type: application/json\r\nContent-Length: 45\r\nRetry-After: 1\r\n"
      "Connection: close\r\n\r\n{\"error\":\"too many connections; retry later\"}";
  if (!tls) {  // else it would have to be said in a handshake, which is the work that there is too much of
    [[maybe_unused]] const auto sent = ::send(fd, kAnswer.data(), kAnswer.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
  }
  ::shutdown(fd, SHUT_WR);
  ::close(fd);
}

}  // namespace

Result<std::unique_ptr<EventLoop>> EventLoop::create(ServerState& state) {
  std::unique_ptr<EventLoop> loop(new EventLoop(state));
  loop->epoll_fd_ = ::epoll_create1(EPOLL_CLOEXEC);
  if (loop->epoll_fd_ < 0 || loop->context_.inbox->wake_fd() < 0) {
    return internal_error(std::string("cannot create an event loop: ") + std::strerror(errno));
  }
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.u64 = kWakeId;
  if (::epoll_ctl(loop->epoll_fd_, EPOLL_CTL_ADD, loop->context_.inbox->wake_fd(), &event) != 0) {
    return internal_error(std::string("cannot watch an event descriptor: ") + std::strerror(errno));
  }
  loop->set_accepting(true);
  return loop;
}

EventLoop::EventLoop(ServerState& state)
    // Not zeroed, so that of a scratch for large bodies only what is used becomes resident.
    : state_(state),
      scratch_(std::make_unique_for_overwrite<char[]>(kScratchBytes)),
      context_{state.options, state.handler, std::make_shared<Inbox>(), {}, {}, {}, {}, false, {}},
      busy_poll_(state.options.busy_poll) {
  context_.scratch = {scratch_.get(), kScratchBytes};
  refresh_time();
  last_sweep_ = context_.now;
}

EventLoop::~EventLoop() {
  context_.inbox->close();
  state_.open_connections -= connection_count_;
  places_.clear();
  if (epoll_fd_ >= 0) ::close(epoll_fd_);
}

void EventLoop::refresh_time() {
  context_.now = state_.options.clock->now();
  const SystemTime second = std::chrono::floor<std::chrono::seconds>(state_.options.clock->wall());
  if (second == date_second_ && !context_.date.empty()) return;
  date_second_ = second;
  context_.date = http_date(second);
}

void EventLoop::run() {
  context_.inbox->bind_to_this_thread(this);
  while (!state_.stopping.load(std::memory_order_acquire)) round();
  context_.inbox->close();
  context_.inbox->bind_to_this_thread(nullptr);
}

/// Waits for events and brings the time up to date. Polls only where nobody else works on the requests of this loop:
/// the answers that are still out hold its inbox.
int EventLoop::wait(std::span<epoll_event> events, int timeout_ms) {
  const auto take = [&](int timeout) {
    return ::epoll_wait(epoll_fd_, events.data(), static_cast<int>(events.size()), timeout);
  };
  if (busy_poll_.is_off() || timeout_ms == 0 || connection_count_ == 0 || context_.inbox.use_count() > 1) {
    const int count = take(timeout_ms);
    refresh_time();
    return count;
  }
  int count = 0;
  busy_poll_.wait(*state_.options.clock, [&] { return (count = take(0)) != 0; }, [&] { count = take(timeout_ms); });
  refresh_time();
  return count;
}

void EventLoop::round() {
  std::array<epoll_event, 128> events;
  const bool may_sleep = connection_count_ == 0 && accepting_;
  const auto timeout = !unread_.empty() ? 0 : may_sleep ? -1 : static_cast<int>(state_.options.sweep_interval.count());
  const int count = wait(events, timeout);
  answered_ping_.store(state_.ping.load(std::memory_order_acquire), std::memory_order_release);
  if (state_.draining.load(std::memory_order_acquire) && !context_.draining) begin_drain();
  for (int i = 0; i < count; ++i)
    handle_event(events[static_cast<std::size_t>(i)].data.u64, events[static_cast<std::size_t>(i)].events);
  if (!unread_.empty()) read_on();
  context_.round.flush();
  while (!answered_.empty()) {
    const std::uint64_t id = answered_.back();
    answered_.pop_back();
    if (Place* place = find(id); place != nullptr) place->connection->resume();
    settle(id);
    if (answered_.empty()) context_.round.flush();
  }
  if (context_.now - last_sweep_ >= state_.options.sweep_interval || (count == 0 && timeout != 0)) sweep();
}

// The turn of those whose input has left the socket already: no event will tell of it.
void EventLoop::read_on() {
  std::vector<std::uint64_t> ids;
  ids.swap(unread_);
  for (const std::uint64_t id : ids) {
    Place* place = find(id);
    if (place == nullptr) continue;
    place->is_unread = false;
    if (place->connection->wants_read()) place->connection->on_readable();
    settle(id);
  }
}

void EventLoop::handle_event(std::uint64_t id, std::uint32_t events) {
  if (id == kWakeId) return handle_inbox();
  if ((id & kListenerFlag) != 0) return accept_all(state_.listening[id & 0xFFFFFFFF]);
  Place* place = find(id);
  if (place == nullptr) return;
  Connection& connection = *place->connection;
  if ((events & (EPOLLHUP | EPOLLERR)) != 0) {
    connection.on_hang_up();
  } else {
    if ((events & EPOLLOUT) != 0) {
      connection.on_writable();
      connection.resume();
    }
    if ((events & EPOLLIN) != 0 && connection.wants_read()) connection.on_readable();
  }
  settle(id);
}

void EventLoop::handle_inbox() {
  deliveries_.clear();
  context_.inbox->take(deliveries_);
  for (Delivery& delivery : deliveries_) deliver(std::move(delivery));
  deliveries_.clear();
}

void EventLoop::deliver(Delivery&& delivery) {
  Place* place = find(delivery.connection);
  if (place == nullptr) return;
  place->connection->on_response(delivery.sequence, std::move(delivery.response));
  if (!place->connection->is_advancing()) answered_.push_back(delivery.connection);
}

EventLoop::Place* EventLoop::find(std::uint64_t id) {
  const auto index = static_cast<std::size_t>(id & 0xFFFFFFFF);
  if (index >= places_.size()) return nullptr;
  Place& place = places_[index];
  return place.connection != nullptr && place.generation == id >> 32 ? &place : nullptr;
}

void EventLoop::set_accepting(bool accepting) {
  if (accepting == accepting_) return;
  accepting_ = accepting;
  for (std::size_t index = 0; index < state_.listening.size(); ++index) {
    epoll_event event{};
    event.events = EPOLLIN | (state_.options.io_threads > 1 ? static_cast<std::uint32_t>(EPOLLEXCLUSIVE) : 0U);
    event.data.u64 = kListenerFlag | index;
    ::epoll_ctl(epoll_fd_, accepting ? EPOLL_CTL_ADD : EPOLL_CTL_DEL, state_.listening[index].fd, &event);
  }
}

void EventLoop::accept_all(const ListeningSocket& listening) {
  for (int i = 0; i < kAcceptsPerEvent && accepting_; ++i) {
    const int fd = ::accept4(listening.fd, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd >= 0) {
      adopt(fd, listening);
    } else if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
      // The client stays in the kernel's queue; polling on would spin. The next sweep tries again.
      log::warning("cannot accept a connection", {{"reason", std::strerror(errno)}});
      set_accepting(false);
    } else if (errno != EINTR && errno != ECONNABORTED) {
      return;
    }
  }
}

std::unique_ptr<ByteStream> EventLoop::make_stream(int fd, const ListeningSocket& listening) const {
  if (listening.tcp) {
    const int on = 1;
    ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    // A client that vanished without a word while its answer is awaited is told from one that waits.
    ::setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on));
    const int idle_s = 60;
    ::setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &idle_s, sizeof(idle_s));
  }
  std::unique_ptr<ByteStream> socket = make_plain_stream(fd);
  return listening.tls ? state_.options.tls(std::move(socket)) : std::move(socket);
}

void EventLoop::adopt(int fd, const ListeningSocket& listening) {
  if (state_.open_connections.fetch_add(1) >= state_.options.max_connections) {
    --state_.open_connections;
    return refuse(fd, listening.tls);
  }
  std::unique_ptr<ByteStream> stream = make_stream(fd, listening);
  if (stream == nullptr) {
    --state_.open_connections;
    return;
  }
  if (free_places_.empty()) {
    free_places_.push_back(static_cast<std::uint32_t>(places_.size()));
    places_.emplace_back();
  }
  const std::uint32_t index = free_places_.back();
  free_places_.pop_back();
  Place& place = places_[index];
  place.generation = (place.generation + 1) & 0x7FFFFFFF;
  const std::uint64_t id = std::uint64_t{place.generation} << 32 | index;
  place.connection = std::make_unique<Http1Connection>(std::move(stream), id, context_);
  place.interest = EPOLLIN;
  ++connection_count_;
  epoll_event event{};
  event.events = place.interest;
  event.data.u64 = id;
  if (::epoll_ctl(epoll_fd_, EPOLL_CTL_ADD, fd, &event) != 0) place.connection->on_hang_up();
  settle(id);
}

// A client whose first bytes are those of HTTP/2 goes on as one; false when there is nothing to go on with.
bool EventLoop::hand_over(Place& place, std::uint64_t id) {
  Connection::Handover client = place.connection->take_handover();
  if (client.stream == nullptr) return false;
  place.connection = state_.options.http2(std::move(client), id, context_);
  place.connection->resume();
  return !place.connection->closed();
}

// Brings epoll in line with what the connection waits for, or buries it.
void EventLoop::settle(std::uint64_t id) {
  Place* place = find(id);
  if (place == nullptr) return;
  if (place->connection->closed() && !hand_over(*place, id)) {
    place->is_unread = false;
    place->connection.reset();  // closing the descriptor takes it out of the epoll set
    free_places_.push_back(static_cast<std::uint32_t>(id & 0xFFFFFFFF));
    --connection_count_;
    --state_.open_connections;
    return;
  }
  const std::uint32_t interest = (place->connection->wants_read() ? static_cast<std::uint32_t>(EPOLLIN) : 0U) |
                                 (place->connection->wants_write() ? static_cast<std::uint32_t>(EPOLLOUT) : 0U);
  if (place->connection->wants_read() && place->connection->holds_input() && !place->is_unread) {
    place->is_unread = true;
    unread_.push_back(id);
  }
  if (interest == place->interest) return;
  place->interest = interest;
  epoll_event event{};
  event.events = interest;
  event.data.u64 = id;
  ::epoll_ctl(epoll_fd_, EPOLL_CTL_MOD, place->connection->fd(), &event);
}

// All connections are looked at once per interval: 10,000 of them take well under a millisecond, and the request path
// touches no timer.
void EventLoop::sweep() {
  last_sweep_ = context_.now;
  if (!context_.draining) set_accepting(true);
  for (std::size_t index = 0; index < places_.size(); ++index) {
    Place& place = places_[index];
    if (place.connection == nullptr || place.connection->deadline() > context_.now) continue;
    place.connection->on_timeout();
    settle(std::uint64_t{place.generation} << 32 | index);
  }
}

void EventLoop::begin_drain() {
  context_.draining = true;
  set_accepting(false);
  for (Place& place : places_) {
    if (place.connection != nullptr) place.connection->on_drain();
  }
}

}  // namespace tandem::serve
