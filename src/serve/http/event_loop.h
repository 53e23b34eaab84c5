// SPDX-License-Identifier: Apache-2.0
// EventLoop: one thread, one epoll set, the connections that were accepted on it.
#pragma once

#include <sys/epoll.h>

#include <atomic>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "base/busy_poll.h"
#include "serve/http/connection.h"
#include "serve/http/inbox.h"
#include "serve/http/server.h"

namespace tandem::serve {

/// A socket that clients connect to.
struct ListeningSocket {
  int fd = -1;
  bool tcp = true;
  bool tls = false;
};

/// What all loops of a server share.
struct ServerState {
  HttpServerOptions options;
  HttpHandler& handler;
  std::vector<ListeningSocket> listening;  // owned by the server, open as long as loops run
  std::atomic<std::size_t> open_connections = 0;
  std::atomic<bool> draining = false;
  std::atomic<bool> stopping = false;
  std::atomic<std::uint64_t> ping = 0;  // how often the loops were asked for a sign of life
};

class EventLoop final : private Inbox::Receiver {
 public:
  /// Errors: internal when the machine gives no epoll or event descriptor.
  static Result<std::unique_ptr<EventLoop>> create(ServerState& state);
  ~EventLoop() override;

  /// Serves until state.stopping; call it on the loop's thread.
  void run();
  /// Makes the loop look at the flags of the state. Thread-safe.
  void wake() { context_.inbox->wake(); }
  /// The last ServerState::ping that the loop has seen while it worked. Thread-safe.
  std::uint64_t answered_ping() const { return answered_ping_.load(std::memory_order_acquire); }

 private:
  explicit EventLoop(ServerState& state);
  struct Place {  // of a connection; its id is generation * 2^32 + index
    std::unique_ptr<Connection> connection;
    std::uint32_t generation = 0;
    std::uint32_t interest = 0;  // the epoll events asked for
    bool is_unread = false;      // stands in unread_
  };

  void deliver(Delivery&& delivery) override;
  void round();
  int wait(std::span<epoll_event> events, int timeout_ms);
  void handle_event(std::uint64_t id, std::uint32_t events);
  void handle_inbox();
  void accept_all(const ListeningSocket& listening);
  void adopt(int fd, const ListeningSocket& listening);
  std::unique_ptr<ByteStream> make_stream(int fd, const ListeningSocket& listening) const;
  void read_on();
  void set_accepting(bool accepting);
  bool hand_over(Place& place, std::uint64_t id);
  void settle(std::uint64_t id);
  void sweep();
  void begin_drain();
  Place* find(std::uint64_t id);
  void refresh_time();

  ServerState& state_;
  const std::unique_ptr<char[]> scratch_;  // LoopContext::scratch
  LoopContext context_;
  BusyPoll busy_poll_;
  int epoll_fd_ = -1;
  std::vector<Place> places_;
  std::vector<std::uint32_t> free_places_;
  std::size_t connection_count_ = 0;
  std::vector<std::uint64_t> answered_;  // connections that got answers outside their own events
  std::vector<std::uint64_t> unread_;    // connections that hold input which epoll does not know of
  std::vector<Delivery> deliveries_;
  SteadyTime last_sweep_{};
  SystemTime date_second_{};
  bool accepting_ = false;
  std::atomic<std::uint64_t> answered_ping_ = 0;
};

}  // namespace tandem::serve
