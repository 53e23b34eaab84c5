// SPDX-License-Identifier: Apache-2.0
// The eventfd behind the inbox, and the answer function.
#include "serve/http/inbox.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include "serve/http/status.h"

namespace tandem::serve {
namespace {

struct Binding {
  const Inbox* inbox = nullptr;
  Inbox::Receiver* receiver = nullptr;
};
thread_local Binding this_thread_binding;

class Reply final : public ResponseTarget {
 public:
  Reply(std::shared_ptr<Inbox> inbox, std::uint64_t connection, std::uint64_t sequence)
      : inbox_(std::move(inbox)), connection_(connection), sequence_(sequence) {}
  Reply(const Reply&) = delete;
  Reply& operator=(const Reply&) = delete;
  ~Reply() override {
    if (sent_.load()) return;
    HttpResponse response = error_response(500, "the request was dropped without an answer; this is a bug in tandem");
    response.broken_off = begun_.load();
    Reply::send(std::move(response));
  }

  void send(HttpResponse&& response) override {
    if (sent_.load() || (!response.more && sent_.exchange(true))) return;
    if (response.more) begun_.store(true);
    inbox_->put(Delivery{connection_, sequence_, std::move(response)});
  }

 private:
  std::shared_ptr<Inbox> inbox_;
  std::uint64_t connection_;
  std::uint64_t sequence_;
  std::atomic<bool> begun_ = false;  // a piece was sent
  std::atomic<bool> sent_ = false;   // the last one was
};

}  // namespace

Inbox::Inbox() : wake_fd_(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {}

Inbox::~Inbox() {
  if (wake_fd_ >= 0) ::close(wake_fd_);
}

void Inbox::wake() {
  const std::uint64_t one = 1;
  [[maybe_unused]] const auto written = ::write(wake_fd_, &one, sizeof(one));  // EAGAIN: it is awake already
}

void Inbox::bind_to_this_thread(Receiver* receiver) { this_thread_binding = {receiver ? this : nullptr, receiver}; }

void Inbox::put(Delivery&& delivery) {
  // What another thread has put before must not be overtaken: it may be an earlier piece of the same answer.
  if (this_thread_binding.inbox == this && !holds_some_.load(std::memory_order_acquire)) {
    this_thread_binding.receiver->deliver(std::move(delivery));
    return;
  }
  bool first = false;
  {
    const std::lock_guard lock(mutex_);
    if (closed_) return;
    first = deliveries_.empty();
    deliveries_.push_back(std::move(delivery));
    holds_some_.store(true, std::memory_order_release);
  }
  if (first) wake();
}

void Inbox::take(std::vector<Delivery>& deliveries) {
  std::uint64_t count = 0;
  [[maybe_unused]] const auto got = ::read(wake_fd_, &count, sizeof(count));
  const std::lock_guard lock(mutex_);
  deliveries.swap(deliveries_);
  holds_some_.store(false, std::memory_order_release);
}

void Inbox::close() {
  std::vector<Delivery> dropped;
  const std::lock_guard lock(mutex_);
  closed_ = true;
  dropped.swap(deliveries_);
}

Responder make_responder(std::shared_ptr<Inbox> inbox, std::uint64_t connection, std::uint64_t sequence) {
  return Responder(std::make_shared<Reply>(std::move(inbox), connection, sequence));
}

}  // namespace tandem::serve
