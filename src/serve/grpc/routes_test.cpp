// SPDX-License-Identifier: Apache-2.0
// Tests of the methods: each as the bytes of one call, through the router.
#include "serve/grpc/routes.h"

#include <gtest/gtest.h>

#include "base/protobuf_wire.h"
#include "base/protobuf_writer.h"
#include "support/fake_inference_service.h"

namespace tandem::serve {
namespace {

std::string framed(const std::string& message) {
  std::string out(1, '\0');
  for (int shift = 24; shift >= 0; shift -= 8) out += static_cast<char>(message.size() >> shift & 0xFFU);
  return out + message;
}

struct Answer {
  std::string status;
  std::string sentence;
  std::string message;  // of the last piece that had one, without its frame
  std::size_t pieces = 0;
  std::shared_ptr<const CallNote> note;  // of the last piece that had one
};

class GrpcRoutesTest : public testing::Test {
 protected:
  GrpcRoutesTest() {
    service_.add(FakeInferenceService::one_to_one("m", DType::kFloat32, {Dim::symbol("n")}));
    add_grpc_routes(router_, service_, {});
  }

  Answer call(const std::string& path, const std::string& body, std::string_view type = "application/grpc") {
    HttpRequest request;
    request.method = "POST";
    request.path = path;
    request.headers.emplace_back("content-type", type);
    request.body = std::as_bytes(std::span(body));
    request.wants_note = true;
    Answer answer;
    router_.handle(std::move(request), [&answer](const HttpResponse& response) {
      ++answer.pieces;
      if (response.note) answer.note = response.note;
      std::string whole = response.text;
      for (const Tensor& tensor : response.tensors) {
        whole.append(static_cast<const char*>(tensor.data()), tensor.byte_size());
      }
      if (whole.size() >= 5) answer.message = whole.substr(5);
      for (const auto& [name, value] : response.trailers) {
        (name == "grpc-status" ? answer.status : answer.sentence) = value;
      }
      if (response.status != 200) answer.status = "HTTP " + std::to_string(response.status);
    });
    return answer;
  }
  Answer ask(const std::string& method, const std::string& message) {
    return call("/inference.GRPCInferenceService/" + method, framed(message));
  }
  static std::string named(const std::string& name) {
    ProtobufWriter writer;
    writer.text(1, name);
    return writer.bytes();
  }
  // One input x of two floats for model `name`.
  static std::string infer_request(const std::string& name, const std::string& id) {
    const std::vector<std::int64_t> shape{2};
    ProtobufWriter input;
    input.text(1, "x");
    input.text(2, "FP32");
    input.packed(3, std::span<const std::int64_t>(shape));
    ProtobufWriter request;
    request.text(1, name);
    request.text(3, id);
    request.message(5, std::move(input));
    request.text(7, "12345678");
    return request.bytes();
  }

  FakeInferenceService service_;
  Router router_;
};

TEST_F(GrpcRoutesTest, TruthsAreOneField) {
  EXPECT_EQ(ask("ServerLive", "").message, "\x08\x01");
  EXPECT_EQ(ask("ModelReady", named("m")).message, "\x08\x01");
  EXPECT_EQ(ask("ModelReady", named("other")).message, "");
  service_.is_ready = false;
  EXPECT_EQ(ask("ServerReady", "").message, "");
  EXPECT_EQ(ask("ServerReady", "").status, "0");
}

TEST_F(GrpcRoutesTest, AnInferenceComesBackRaw) {
  const Answer answer = ask("ModelInfer", infer_request("m", "7"));
  EXPECT_EQ(answer.status, "0");
  EXPECT_TRUE(answer.message.ends_with("12345678"));
}

TEST_F(GrpcRoutesTest, AnErrorIsAStatusAndASentence) {
  const Answer answer = ask("ModelInfer", infer_request("other", ""));
  EXPECT_EQ(answer.status, "5");
  EXPECT_EQ(answer.sentence, "there is no model 'other'");
  EXPECT_EQ(answer.message, "");
}

TEST_F(GrpcRoutesTest, AFailedCallIsNotedWithItsModelAndItsId) {
  const Answer unknown = ask("ModelInfer", infer_request("other", "7"));
  ASSERT_NE(unknown.note, nullptr);
  EXPECT_EQ(unknown.note->model, "other");
  EXPECT_EQ(unknown.note->request_id, "7");
  EXPECT_EQ(unknown.note->batch_size, 0);
  service_.add(FakeInferenceService::one_to_one("broken", DType::kFloat32, {Dim::symbol("n")}),
               [](InferRequest) -> Result<InferResponse> { return internal_error("it broke"); });
  const Answer broken = ask("ModelInfer", infer_request("broken", "8"));
  EXPECT_EQ(broken.status, "13");
  EXPECT_EQ(broken.sentence, "it broke");
  ASSERT_NE(broken.note, nullptr);
  EXPECT_EQ(broken.note->version, "1");
  EXPECT_EQ(broken.note->request_id, "8");
}

TEST_F(GrpcRoutesTest, AFailedRequestOfAStreamIsNotedToo) {
  const Answer answer = call("/inference.GRPCInferenceService/ModelStreamInfer", framed(infer_request("other", "2")));
  ASSERT_NE(answer.note, nullptr);
  EXPECT_EQ(answer.note->model, "other");
}

TEST_F(GrpcRoutesTest, AStreamAnswersEachRequestAndThenEnds) {
  const Answer answer = call("/inference.GRPCInferenceService/ModelStreamInfer",
                             framed(infer_request("m", "1")) + framed(infer_request("other", "2")));
  EXPECT_EQ(answer.pieces, 3U);
  EXPECT_EQ(answer.status, "0");
  EXPECT_NE(answer.message.find("there is no model 'other'"), std::string::npos);
}

TEST_F(GrpcRoutesTest, BytesThatAreNoMessageEndAStream) {
  EXPECT_EQ(call("/inference.GRPCInferenceService/ModelStreamInfer", "\x07garbage").status, "13");
}

TEST_F(GrpcRoutesTest, ACallWithoutItsMessageIsRefused) {
  EXPECT_EQ(call("/inference.GRPCInferenceService/ServerLive", "").status, "13");
  EXPECT_EQ(call("/inference.GRPCInferenceService/ServerLive", framed("") + framed("")).status, "13");
}

TEST_F(GrpcRoutesTest, AnotherContentTypeIsRefused) {
  EXPECT_EQ(call("/inference.GRPCInferenceService/ServerLive", framed(""), "application/json").status, "HTTP 415");
}

TEST_F(GrpcRoutesTest, HealthKnowsServicesAndModels) {
  const std::string path = "/grpc.health.v1.Health/Check";
  EXPECT_EQ(call(path, framed("")).message, "\x08\x01");
  EXPECT_EQ(call(path, framed(named("inference.GRPCInferenceService"))).message, "\x08\x01");
  EXPECT_EQ(call(path, framed(named("m"))).message, "\x08\x01");
  EXPECT_EQ(call(path, framed(named("other"))).status, "5");
  service_.is_ready = false;
  EXPECT_EQ(call(path, framed("")).message, "\x08\x02");
}

TEST_F(GrpcRoutesTest, WhatIsSwitchedOffSaysSo) {
  EXPECT_EQ(ask("RepositoryModelLoad", "").status, "14");
  EXPECT_EQ(ask("SystemSharedMemoryStatus", "").status, "9");
  EXPECT_EQ(ask("TraceSetting", "").status, "12");
  EXPECT_EQ(ask("CudaSharedMemoryUnregister", "").status, "0");
}

TEST_F(GrpcRoutesTest, AnUnreadableMessageIsRefused) { EXPECT_EQ(ask("ModelMetadata", "\xff\xff\xff").status, "3"); }

}  // namespace
}  // namespace tandem::serve
