// SPDX-License-Identifier: Apache-2.0
// OpenSSL between two ByteStreams: a BIO that reads and writes the lower one.
#include "serve/tls/tls_stream.h"

#include <openssl/x509v3.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <string>
#include <string_view>
#include <utility>

#include "base/log.h"

namespace tandem::serve {
namespace {

constexpr std::size_t kRecordBytes = 16 * 1024;  // the most that one record carries (RFC 8446, 5.1)

ByteStream& lower_stream(BIO* bio) { return *static_cast<ByteStream*>(::BIO_get_data(bio)); }

int bio_read(BIO* bio, char* into, int size) {
  ::BIO_clear_retry_flags(bio);
  const ssize_t got = lower_stream(bio).read(std::as_writable_bytes(std::span(into, static_cast<std::size_t>(size))));
  if (got == ByteStream::kLater) ::BIO_set_retry_read(bio);
  return got < 0 ? -1 : static_cast<int>(got);
}

int bio_write(BIO* bio, const char* bytes, int size) {
  ::BIO_clear_retry_flags(bio);
  const iovec piece{const_cast<char*>(bytes), static_cast<std::size_t>(size)};
  const ssize_t sent = lower_stream(bio).write({&piece, 1});
  if (sent == ByteStream::kLater) ::BIO_set_retry_write(bio);
  return sent < 0 ? -1 : static_cast<int>(sent);
}

long bio_control(BIO*, int command, long, void*) { return command == BIO_CTRL_FLUSH ? 1 : 0; }

const BIO_METHOD* stream_method() {
  static const BIO_METHOD* const kMethod = [] {
    BIO_METHOD* method = ::BIO_meth_new(::BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "tandem stream");
    ::BIO_meth_set_read(method, bio_read);
    ::BIO_meth_set_write(method, bio_write);
    ::BIO_meth_set_ctrl(method, bio_control);
    return method;
  }();
  return kMethod;
}

class TlsStream final : public ClientStream {
 public:
  TlsStream(std::unique_ptr<ByteStream> socket, SslHandle ssl) : socket_(std::move(socket)), ssl_(std::move(ssl)) {}

  int fd() const override { return socket_->fd(); }
  bool is_opening() const override { return !failed_ && ::SSL_is_init_finished(ssl_.get()) == 0; }
  bool holds_input() const override { return holds_input_; }
  bool must_write() const override { return must_write_; }
  std::string problem() const override { return problem_; }

  ssize_t read(std::span<std::byte> into) override {
    if (failed_) return kBroken;
    ::ERR_clear_error();
    std::size_t got = 0;
    if (::SSL_read_ex(ssl_.get(), into.data(), into.size(), &got) != 1) return reason();
    must_write_ = false;
    holds_input_ = ::SSL_has_pending(ssl_.get()) == 1;  // perhaps half a record: then the next read says so
    return static_cast<ssize_t>(got);
  }

  ssize_t write(std::span<const iovec> pieces) override {
    if (failed_) return kBroken;
    std::array<char, kRecordBytes> gathered;
    const iovec record = next_record(pieces, gathered);
    if (record.iov_len == 0) return 0;
    ::ERR_clear_error();
    std::size_t sent = 0;
    if (::SSL_write_ex(ssl_.get(), record.iov_base, record.iov_len, &sent) != 1) {
      const ssize_t why = reason();
      return why == 0 ? kBroken : why;
    }
    must_write_ = false;
    return static_cast<ssize_t>(sent);
  }

  bool end_output() override {
    if (!failed_ && !is_opening()) {
      ::ERR_clear_error();
      ::SSL_shutdown(ssl_.get());  // the client may tell the end of the answer from a connection that was cut
    }
    return socket_->end_output();
  }

 private:
  // A whole answer in one record when it fits: the head and the small pieces behind it are copied together.
  static iovec next_record(std::span<const iovec> pieces, std::span<char> gathered) {
    if (!pieces.empty() && pieces[0].iov_len >= kRecordBytes) return {pieces[0].iov_base, kRecordBytes};
    std::size_t size = 0;
    for (const iovec& piece : pieces) {
      const std::size_t part = std::min(piece.iov_len, gathered.size() - size);
      std::memcpy(gathered.data() + size, piece.iov_base, part);
      size += part;
      if (size == gathered.size()) break;
    }
    return {gathered.data(), size};
  }

  ssize_t reason() {
    holds_input_ = false;
    const int error = ::SSL_get_error(ssl_.get(), 0);
    must_write_ = error == SSL_ERROR_WANT_WRITE;
    if (error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE) return kLater;
    if (error == SSL_ERROR_ZERO_RETURN) return 0;
    if (ERR_GET_REASON(::ERR_peek_error()) == SSL_R_HTTP_REQUEST) explain_to_plain_client();
    if (error == SSL_ERROR_SSL) {
      const long verified = ::SSL_get_verify_result(ssl_.get());
      problem_ = take_openssl_error();
      if (verified != X509_V_OK) problem_ += std::string(": ") + ::X509_verify_cert_error_string(verified);
      log::debug("a TLS connection failed", {{"reason", problem_}});
    }
    failed_ = true;
    return kBroken;
  }

  void explain_to_plain_client() {
    constexpr std::string_view kAnswer =
        "HTTP/1.1 400 Bad Request\r\nContent-Type: application/json\r\nContent-Length: 70\r\nConnection: close\r\n\r\n"
        "{\"error\":\"this port speaks TLS; ask with https:// instead of http://\"}";
    const iovec piece{const_cast<char*>(kAnswer.data()), kAnswer.size()};
    socket_->write({&piece, 1});
    socket_->end_output();
  }

  std::unique_ptr<ByteStream> socket_;  // outlives ssl_, whose BIO points to it
  SslHandle ssl_;
  bool holds_input_ = false;
  bool must_write_ = false;
  bool failed_ = false;
  std::string problem_;
};

SslHandle make_ssl(ByteStream& socket, SSL_CTX& context) {
  SslHandle ssl(::SSL_new(&context));
  BIO* bio = ::BIO_new(stream_method());
  if (!ssl || bio == nullptr) {
    ::BIO_free(bio);
    return nullptr;
  }
  ::BIO_set_data(bio, &socket);
  ::BIO_set_init(bio, 1);
  ::SSL_set_bio(ssl.get(), bio, bio);
  return ssl;
}

/// Whom the certificate must be of. An address is no name for SNI (RFC 6066, 3).
bool expect_host(SSL& ssl, const std::string& host) {
  if (::X509_VERIFY_PARAM_set1_ip_asc(::SSL_get0_param(&ssl), host.c_str()) == 1) return true;
  ::ERR_clear_error();
  return ::SSL_set1_host(&ssl, host.c_str()) == 1 && ::SSL_set_tlsext_host_name(&ssl, host.c_str()) == 1;
}

}  // namespace

std::unique_ptr<ByteStream> make_tls_stream(std::unique_ptr<ByteStream> socket, SSL_CTX& context) {
  SslHandle ssl = make_ssl(*socket, context);
  if (!ssl) return nullptr;
  ::SSL_set_accept_state(ssl.get());
  return std::make_unique<TlsStream>(std::move(socket), std::move(ssl));
}

std::unique_ptr<ClientStream> make_tls_client_stream(std::unique_ptr<ByteStream> socket, SSL_CTX& context,
                                                     const std::string& host) {
  SslHandle ssl = make_ssl(*socket, context);
  if (!ssl || !expect_host(*ssl, host)) return nullptr;
  ::SSL_set_connect_state(ssl.get());
  return std::make_unique<TlsStream>(std::move(socket), std::move(ssl));
}

}  // namespace tandem::serve
