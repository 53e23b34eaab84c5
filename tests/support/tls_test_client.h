// SPDX-License-Identifier: Apache-2.0
// TlsTestClient: a blocking TLS client of 127.0.0.1 that trusts anyone, and tells what it was given.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "serve/tls/openssl_handles.h"
#include "support/test_certificates.h"

namespace tandem {

class TlsTestClient final {
 public:
  struct Options {
    std::string_view alpn = {};  // "\x02h2": the wire form
    int newest_version = 0;      // TLS1_2_VERSION; 0: whatever both can
    int oldest_version = 0;
    const TestIdentity* identity = nullptr;  // shown to the server
    SSL_SESSION* session = nullptr;          // resumed when the server will
  };

  explicit TlsTestClient(std::uint16_t port) : TlsTestClient(port, Options()) {}
  TlsTestClient(std::uint16_t port, const Options& options)
      : fd_(::socket(AF_INET, SOCK_STREAM, 0)), context_(::SSL_CTX_new(::TLS_client_method())) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const timeval patience{10, 0};  // a test that waits this long has failed
    ::setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
    if (::connect(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0) std::abort();
    if (options.oldest_version != 0) ::SSL_CTX_set_security_level(context_.get(), 0);  // else TLS 1.1 is not offered
    ::SSL_CTX_set_min_proto_version(context_.get(), options.oldest_version);
    ::SSL_CTX_set_max_proto_version(context_.get(), options.newest_version);
    ::SSL_CTX_set_session_cache_mode(context_.get(), SSL_SESS_CACHE_CLIENT);
    if (options.identity != nullptr) {
      ::SSL_CTX_use_certificate(context_.get(), options.identity->certificate());
      ::SSL_CTX_use_PrivateKey(context_.get(), options.identity->key());
    }
    ssl_.reset(::SSL_new(context_.get()));
    if (!options.alpn.empty()) {
      ::SSL_set_alpn_protos(ssl_.get(), reinterpret_cast<const unsigned char*>(options.alpn.data()),
                            static_cast<unsigned>(options.alpn.size()));
    }
    if (options.session != nullptr) ::SSL_set_session(ssl_.get(), options.session);
    ::SSL_set_msg_callback(ssl_.get(), count_record);
    ::SSL_set_msg_callback_arg(ssl_.get(), this);
    ::SSL_set_fd(ssl_.get(), fd_);
    connected_ = ::SSL_connect(ssl_.get()) == 1;
  }
  TlsTestClient(const TlsTestClient&) = delete;
  TlsTestClient& operator=(const TlsTestClient&) = delete;
  ~TlsTestClient() { ::close(fd_); }

  /// Whether the handshake went well for this side: in TLS 1.3 the server may still refuse.
  bool connected() const { return connected_; }
  SSL* ssl() const { return ssl_.get(); }
  /// Records of application data that have come.
  int data_records() const { return data_records_; }
  std::string alpn() const {
    const unsigned char* name = nullptr;
    unsigned size = 0;
    ::SSL_get0_alpn_selected(ssl_.get(), &name, &size);
    return {reinterpret_cast<const char*>(name), size};
  }
  /// The common name of the certificate that the server showed.
  std::string server_name() const {
    const serve::CertificateHandle shown(::SSL_get1_peer_certificate(ssl_.get()));
    char name[256] = "";
    if (shown) ::X509_NAME_get_text_by_NID(::X509_get_subject_name(shown.get()), NID_commonName, name, sizeof(name));
    return name;
  }

  bool send(std::string_view bytes) {
    while (!bytes.empty()) {
      const int sent = ::SSL_write(ssl_.get(), bytes.data(), static_cast<int>(bytes.size()));
      if (sent <= 0) return false;
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
  }
  /// The next bytes, up to and with `end`; "" when the connection ended before.
  std::string read_until(std::string_view end) {
    std::size_t at = 0;
    while ((at = buffer_.find(end)) == std::string::npos) {
      if (!receive()) return "";
    }
    return take(at + end.size());
  }
  std::string read_bytes(std::size_t size) {
    while (buffer_.size() < size) {
      if (!receive()) return "";
    }
    return take(size);
  }
  /// Whether the server ends the connection with a close_notify and nothing before it.
  bool is_ended_by_server() {
    return !receive() && buffer_.empty() && (::SSL_get_shutdown(ssl_.get()) & SSL_RECEIVED_SHUTDOWN) != 0;
  }

 private:
  static void count_record(int is_write, int, int type, const void* bytes, std::size_t size, SSL*, void* self) {
    if (is_write == 0 && type == SSL3_RT_HEADER && size > 0 &&
        *static_cast<const unsigned char*>(bytes) == SSL3_RT_APPLICATION_DATA) {
      ++static_cast<TlsTestClient*>(self)->data_records_;
    }
  }
  bool receive() {
    char part[16 * 1024];
    const int got = ::SSL_read(ssl_.get(), part, sizeof(part));
    if (got <= 0) return false;
    buffer_.append(part, static_cast<std::size_t>(got));
    return true;
  }
  std::string take(std::size_t size) {
    std::string bytes = buffer_.substr(0, size);
    buffer_.erase(0, size);
    return bytes;
  }

  int fd_;
  serve::ContextHandle context_;
  serve::SslHandle ssl_;
  std::string buffer_;
  int data_records_ = 0;
  bool connected_ = false;
};

}  // namespace tandem
