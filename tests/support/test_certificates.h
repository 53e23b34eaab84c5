// SPDX-License-Identifier: Apache-2.0
// Certificates and keys made on the spot, as PEM: with the names and dates that a test wants.
#pragma once

#include <openssl/ec.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <string>

#include "base/clock.h"
#include "serve/tls/openssl_handles.h"

namespace tandem {

inline std::string pem_text(BIO& bio) {
  char* text = nullptr;
  const long size = BIO_get_mem_data(&bio, &text);
  return {text, static_cast<std::size_t>(size)};
}

inline void write_text(const std::filesystem::path& path, const std::string& text) {
  std::ofstream(path, std::ios::binary | std::ios::trunc) << text;
}

/// A name with its key and certificate, signed by itself or by another.
class TestIdentity final {
 public:
  struct Dates {
    SystemTime from{};
    SystemTime until{};
  };
  static Dates a_year(SystemTime now) { return {now - std::chrono::hours(1), now + std::chrono::hours(24 * 365)}; }

  TestIdentity(const std::string& name, Dates dates, const TestIdentity* authority = nullptr)
      : key_(EVP_EC_gen("P-256")), certificate_(::X509_new()) {
    X509* made = certificate_.get();
    ::X509_set_version(made, 2);
    ::ASN1_INTEGER_set(::X509_get_serialNumber(made), 1);
    ::ASN1_TIME_set(::X509_getm_notBefore(made), std::chrono::system_clock::to_time_t(dates.from));
    ::ASN1_TIME_set(::X509_getm_notAfter(made), std::chrono::system_clock::to_time_t(dates.until));
    ::X509_set_pubkey(made, key_.get());
    X509_NAME* subject = ::X509_get_subject_name(made);
    ::X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_UTF8, reinterpret_cast<const unsigned char*>(name.c_str()), -1,
                                 -1, 0);
    ::X509_set_issuer_name(made, authority ? ::X509_get_subject_name(authority->certificate_.get()) : subject);
    if (authority == nullptr) add_extension(NID_basic_constraints, "critical,CA:TRUE");
    add_extension(NID_subject_alt_name, "DNS:localhost,IP:127.0.0.1");
    ::X509_sign(made, authority ? authority->key_.get() : key_.get(), ::EVP_sha256());
  }

  EVP_PKEY* key() const { return key_.get(); }
  X509* certificate() const { return certificate_.get(); }

  std::string certificate_pem() const {
    const serve::BioHandle bio(::BIO_new(::BIO_s_mem()));
    ::PEM_write_bio_X509(bio.get(), certificate_.get());
    return pem_text(*bio);
  }
  std::string key_pem(const char* passphrase = nullptr) const {
    const serve::BioHandle bio(::BIO_new(::BIO_s_mem()));
    ::PEM_write_bio_PKCS8PrivateKey(bio.get(), key_.get(), passphrase ? ::EVP_aes_128_cbc() : nullptr, passphrase,
                                    passphrase ? static_cast<int>(std::string(passphrase).size()) : 0, nullptr,
                                    nullptr);
    return pem_text(*bio);
  }

 private:
  void add_extension(int kind, const char* value) {
    X509_EXTENSION* extension = ::X509V3_EXT_conf_nid(nullptr, nullptr, kind, value);
    ::X509_add_ext(certificate_.get(), extension, -1);
    ::X509_EXTENSION_free(extension);
  }

  serve::KeyHandle key_;
  serve::CertificateHandle certificate_;
};

}  // namespace tandem
