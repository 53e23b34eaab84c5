// SPDX-License-Identifier: Apache-2.0
// Tests of which answers are compressed, and where.
#include "serve/http/compressor.h"

#include <gtest/gtest.h>

#include <future>
#include <optional>
#include <thread>

#include "serve/http/body_decoder.h"

namespace tandem::serve {
namespace {

/// Answers with what the test has put there.
class Prepared final : public HttpHandler {
 public:
  void handle(HttpRequest, Responder respond) override {
    for (HttpResponse& response : answers) respond(std::move(response));
  }
  std::vector<HttpResponse> answers;
};

std::optional<std::string> header(const HttpResponse& response, const std::string& name) {
  for (const auto& [known, value] : response.headers) {
    if (known == name) return value;
  }
  return std::nullopt;
}

class CompressorTest : public testing::Test {
 protected:
  void prepare(std::size_t size, std::string_view content_type = "application/json") {
    HttpResponse response;
    response.text = std::string(size, 'a');
    response.content_type = content_type;
    handler_.answers.push_back(std::move(response));
  }
  // The first answer to a request with this accept-encoding.
  HttpResponse ask(std::string_view accept_encoding, std::string_view method = "POST", std::string_view path = "/") {
    HttpRequest request;
    request.method = method;
    request.path = path;
    if (!accept_encoding.empty()) request.headers.emplace_back("accept-encoding", accept_encoding);
    std::promise<HttpResponse> first;
    auto answer = first.get_future();
    int count = 0;
    compressor_.handle(std::move(request), [&](HttpResponse response) {
      thread_ = std::this_thread::get_id();
      if (count++ == 0) first.set_value(std::move(response));
    });
    return answer.get();
  }
  bool answered_here() const { return thread_ == std::this_thread::get_id(); }

  Prepared handler_;
  std::thread::id thread_;
  WorkerPool pool_{1, 1};
  Compressor compressor_{handler_, pool_};
};

TEST_F(CompressorTest, CompressesWhatIsAskedFor) {
  prepare(2000);
  const HttpResponse response = ask("gzip");
  EXPECT_EQ(header(response, "Content-Encoding"), "gzip");
  EXPECT_EQ(header(response, "Vary"), "Accept-Encoding");
  EXPECT_EQ(decompress("gzip", response.text, 1 << 20), std::string(2000, 'a'));
  EXPECT_TRUE(answered_here());
}

TEST_F(CompressorTest, LeavesAloneWhatItsClientsWouldNotDecompress) {
  prepare(2000);
  handler_.answers[0].uncompressed = true;
  EXPECT_EQ(ask("gzip").text.size(), 2000U);
}

TEST_F(CompressorTest, LeavesAloneWhatIsNot) {
  prepare(2000);
  const HttpResponse response = ask("");
  EXPECT_EQ(response.text.size(), 2000U);
  EXPECT_TRUE(response.headers.empty());
}

TEST_F(CompressorTest, TellsCachesThatAnotherClientMightGetAnotherAnswer) {
  prepare(2000);
  EXPECT_EQ(header(ask("", "GET"), "Vary"), "Accept-Encoding");
}

TEST_F(CompressorTest, LeavesSmallBodiesAlone) {
  prepare(1023);
  EXPECT_EQ(ask("gzip").text.size(), 1023U);
}

TEST_F(CompressorTest, LeavesImagesAlone) {
  prepare(2000, "image/png");
  EXPECT_EQ(ask("gzip").text.size(), 2000U);
}

TEST_F(CompressorTest, LeavesAloneWhatIsCompressedAlready) {
  prepare(2000);
  handler_.answers[0].headers.emplace_back("Content-Encoding", "br");
  EXPECT_EQ(ask("gzip").text.size(), 2000U);
}

TEST_F(CompressorTest, LeavesEveryPieceOfAStreamAlone) {
  prepare(2000);
  prepare(2000);
  handler_.answers[0].more = true;
  HttpRequest request;
  request.headers.emplace_back("accept-encoding", "gzip");
  std::vector<std::size_t> sizes;
  compressor_.handle(std::move(request), [&](HttpResponse response) { sizes.push_back(response.text.size()); });
  EXPECT_EQ(sizes, (std::vector<std::size_t>{2000, 2000}));
}

TEST_F(CompressorTest, LargeBodiesAreCompressedOnThePool) {
  prepare(20'000);
  EXPECT_EQ(header(ask("deflate"), "Content-Encoding"), "deflate");
  EXPECT_FALSE(answered_here());
}

TEST_F(CompressorTest, LargeBodiesAreSentAsTheyAreWhenThePoolIsFull) {
  std::promise<void> release;
  std::promise<void> running;
  ASSERT_TRUE(pool_.submit([&] {
    running.set_value();
    release.get_future().wait();
  }));
  running.get_future().wait();
  ASSERT_TRUE(pool_.submit([] {}));
  prepare(20'000);
  const HttpResponse response = ask("gzip");
  EXPECT_EQ(response.text.size(), 20'000U);
  EXPECT_EQ(header(response, "Content-Encoding"), std::nullopt);
  release.set_value();
}

TEST_F(CompressorTest, LeavesWhatTritonsClientsReadAsItComes) {
  for (const char* path : {"/v2", "/v2/repository/index", "/v2/models/m/config"}) {
    prepare(10'000);
    EXPECT_FALSE(header(ask("gzip", "GET", path), "Content-Encoding")) << path;
  }
}

TEST_F(CompressorTest, CompressesAnswersToInfer) {
  prepare(10'000);
  EXPECT_EQ(header(ask("gzip", "POST", "/v2/models/m/infer"), "Content-Encoding"), "gzip");
}

}  // namespace
}  // namespace tandem::serve
