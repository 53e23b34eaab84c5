// SPDX-License-Identifier: Apache-2.0
// The routes with engines that double their input: files, jobs, and who is refused.
#include "serve/workbench/workbench.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>
#include <nlohmann/json.hpp>

#include "base/file.h"
#include "support/fake_engine.h"
#include "support/temp_dir.h"

namespace tandem::serve {
namespace {

using nlohmann::json;
using testing::HasSubstr;
using testing::Not;
using Headers = std::vector<std::pair<std::string_view, std::string_view>>;

constexpr std::string_view kModel = "segmentation_transunet_phantom_20261121";
const Headers kOwn = {{"host", "127.0.0.1:5003"}, {"x-tandem-workbench", "1"}};

class WorkbenchRoutes : public testing::Test {
 protected:
  WorkbenchRoutes() {
    engines_.add(std::make_unique<FakeEngine>("onnxruntime", ".onnx", Status()));
    engines_.add(std::make_unique<FakeEngine>("python", ".py", Status()));
    WorkbenchOptions options;
    options.store = folder_.path() / "store";  // without a config, so that the fakes, which take vectors, fit
    std::filesystem::create_directories(options.store / "weights");
    std::filesystem::create_directories(options.store / "python");
    EXPECT_TRUE(write_file_atomic(options.store / "weights" / (std::string(kModel) + ".onnx"), "model"));
    EXPECT_TRUE(write_file_atomic(options.store / "python" / (std::string(kModel) + ".py"), "code"));
    options.temporary = folder_.path();
    options.files.free_bytes = 0;
    options.jobs.niceness = 0;
    options.compare_program = {"sh", {"-c", "echo no memory left; exit 3"}};
    workbench_ = Workbench::open(engines_, options).value();
    workbench_->add_routes(router_, pool_);
  }

  HttpResponse ask(std::string_view method, std::string_view target, std::string_view body = {},
                   const Headers& headers = kOwn) {
    HttpRequest request;
    request.method = method;
    request.path = target.substr(0, target.find('?'));
    if (target.size() > request.path.size()) request.query = target.substr(request.path.size() + 1);
    request.headers = headers;
    request.body = std::as_bytes(std::span(body));
    std::promise<HttpResponse> promise;
    router_.handle(std::move(request), [&](HttpResponse response) { promise.set_value(std::move(response)); });
    return promise.get_future().get();
  }
  json ask_json(std::string_view method, std::string_view target, std::string_view body = {}) {
    return json::parse(ask(method, target, body).text);
  }
  std::string upload(const std::string& file, const std::string& name) {
    return ask_json("POST", "/api/workbench/files?name=" + name, read_file(file).value())["id"];
  }
  /// Starts a job and waits until it is over.
  json run(const json& request) {
    const json started = ask_json("POST", "/api/workbench/jobs", request.dump());
    if (!started.contains("id")) return started;
    for (;;) {
      json job = ask_json("GET", "/api/workbench/jobs/" + started["id"].get<std::string>());
      if (job["state"] != "waiting" && job["state"] != "running") return job;
      std::this_thread::yield();
    }
  }

  TempDir folder_;
  EngineRegistry engines_;
  std::unique_ptr<Workbench> workbench_;
  Router router_;
  WorkerPool pool_{1, 16};
};

const std::string kCheckpoint = TANDEM_SOURCE_DIR "/models/checkpoints/" + std::string(kModel) + ".pth";
const std::string kImage = TANDEM_SOURCE_DIR "/models/samples/digit_7.png";

TEST_F(WorkbenchRoutes, SayWhatThereIs) {
  const json answer = ask_json("GET", "/api/workbench");
  EXPECT_EQ(answer["enabled"], true);
  EXPECT_EQ(answer["engines"].size(), 2U);
  const auto found = std::ranges::find_if(answer["models"], [](const json& model) { return model["name"] == kModel; });
  ASSERT_NE(found, answer["models"].end());
  EXPECT_EQ((*found)["engines"], json({"onnxruntime", "python"}));
}

TEST_F(WorkbenchRoutes, RecognizeTheNetworkOfACheckpoint) {
  const std::string id = upload(kCheckpoint, "carotid.pth");
  const json file = ask_json("GET", "/api/workbench/files/" + id);
  EXPECT_EQ(file["kind"], "checkpoint");
  EXPECT_EQ(file["inspection"]["checkpoint"]["network"], "TransUNet");
}

const std::string kFixtures = TANDEM_SOURCE_DIR "/tests/conformance/convert/";

TEST_F(WorkbenchRoutes, ShowTheNetworkThatATorchScriptFileHolds) {
  const json file = ask_json("GET", "/api/workbench/files/" + upload(kFixtures + "torchscript/vgg.pt", "vgg.pt"));
  EXPECT_EQ(file["kind"], "checkpoint");
  const json program = file["inspection"]["program"];
  EXPECT_EQ(program["format"], "torchscript");
  EXPECT_EQ(program["file"], "vgg.pt");
  EXPECT_EQ(program["unknown_operators"], json::array());
  EXPECT_THAT(program["operators"].dump(), HasSubstr("max_pool2d"));
}

TEST_F(WorkbenchRoutes, ShowTheLayersThatAKerasFileHolds) {
  const json file =
      ask_json("GET", "/api/workbench/files/" + upload(kFixtures + "keras/sequential_h5.h5", "digits.h5"));
  const json program = file["inspection"]["program"];
  EXPECT_EQ(program["format"], "Keras HDF5");
  EXPECT_EQ(program["classes"]["Conv2D"], 1);
}

TEST_F(WorkbenchRoutes, ConvertAKerasFile) {
  const json job = run({{"kind", "convert"}, {"file", upload(kFixtures + "keras/dense.keras", "dense.keras")}});
  ASSERT_EQ(job["state"], "done") << job.dump();
  EXPECT_EQ(job["result"]["files"][0]["name"], "dense.onnx");
}

TEST_F(WorkbenchRoutes, TakeAFileInPieces) {
  const std::string bytes = read_file(kImage).value();
  const json first = ask_json("POST", "/api/workbench/files?name=digit.png&size=" + std::to_string(bytes.size()),
                              std::string_view(bytes).substr(0, 100));
  EXPECT_EQ(first["received"], 100);
  const json last = ask_json("POST", "/api/workbench/files/" + first["id"].get<std::string>() + "?offset=100",
                             std::string_view(bytes).substr(100));
  EXPECT_EQ(last["inspection"]["image"]["width"], 64);
}

TEST_F(WorkbenchRoutes, ConvertACheckpointAndHandOutTheModel) {
  const std::string id = upload(kCheckpoint, "carotid.pth");
  const json job = run({{"kind", "convert"}, {"file", id}});
  ASSERT_EQ(job["state"], "done") << job.dump();
  EXPECT_EQ(job["result"]["conversion"]["network"], "TransUNet");
  EXPECT_THAT(job["log"].dump(), HasSubstr("network: TransUNet"));
  const json made = job["result"]["files"][0];
  EXPECT_EQ(made["name"], "carotid.onnx");
  const json file = ask_json("GET", "/api/workbench/files/" + made["id"].get<std::string>());
  EXPECT_EQ(file["made_from"], id);
  EXPECT_THAT(file["inspection"]["onnx"]["inputs"].dump(), HasSubstr("float32[batch,3,128,128]"));
  const HttpResponse content = ask("GET", "/api/workbench/files/" + made["id"].get<std::string>() + "/content");
  ASSERT_EQ(content.tensors.size(), 1U);
  EXPECT_EQ(content.tensors[0].byte_size(), made["bytes"].get<std::size_t>());
}

TEST_F(WorkbenchRoutes, SayWhatIsWrongWithABrokenFileAndNothingOfItsFolder) {
  const json file = ask_json("POST", "/api/workbench/files?name=broken.pth", "this is no checkpoint");
  EXPECT_THAT(file["inspection"]["problem"].get<std::string>(), HasSubstr("broken.pth"));
  const json job = run({{"kind", "convert"}, {"file", file["id"]}});
  EXPECT_EQ(job["state"], "failed");
  EXPECT_THAT(job["error"].get<std::string>(), HasSubstr("broken.pth"));
  EXPECT_THAT(job.dump() + file.dump(), Not(HasSubstr(folder_.path().string())));
}

TEST_F(WorkbenchRoutes, SayHowTheProcessOfAComparisonEnded) {
  const json job = run(
      {{"kind", "compare"},
       {"seconds", 0.1},
       {"contenders", {{{"model", kModel}, {"engine", "onnxruntime"}}, {{"model", kModel}, {"engine", "python"}}}}});
  EXPECT_EQ(job["state"], "failed");
  EXPECT_EQ(job["error"], "its process ended (exit code 3): no memory left");
}

TEST_F(WorkbenchRoutes, NeverGiveASentFileToAnEngineThatRunsCode) {
  const std::string model = upload(TANDEM_SOURCE_DIR "/models/weights/" + std::string(kModel) + ".onnx", "mine.onnx");
  const std::string image = upload(kImage, "digit.png");
  const json job = run({{"kind", "run"}, {"model", "file:" + model}, {"engine", "python"}, {"image", image}});
  EXPECT_EQ(job["state"], "failed");
  EXPECT_THAT(job["error"].get<std::string>(), HasSubstr("never a file that was sent"));
}

TEST_F(WorkbenchRoutes, RunNoCheckpointBeforeItIsConverted) {
  const std::string model = upload(kCheckpoint, "carotid.pth");
  const std::string image = upload(kImage, "digit.png");
  const json job = run({{"kind", "run"}, {"model", "file:" + model}, {"engine", "onnxruntime"}, {"image", image}});
  EXPECT_THAT(job["error"].get<std::string>(), HasSubstr("convert it first"));
}

TEST_F(WorkbenchRoutes, SayThatAModelWithoutConfigTakesNoImage) {
  const std::string model = upload(TANDEM_SOURCE_DIR "/models/weights/" + std::string(kModel) + ".onnx", "mine.onnx");
  const std::string image = upload(kImage, "digit.png");
  const json job = run({{"kind", "run"}, {"model", "file:" + model}, {"engine", "onnxruntime"}, {"image", image}});
  EXPECT_THAT(job["error"].get<std::string>(), HasSubstr("no config"));
}

TEST_F(WorkbenchRoutes, RefuseModelsOutsideTheStore) {
  const std::string image = upload(kImage, "digit.png");
  for (const char* model : {"../../etc/passwd", "/etc/passwd", "file:../x", "file:", "."}) {
    const json job = run({{"kind", "run"}, {"model", model}, {"engine", "onnxruntime"}, {"image", image}});
    EXPECT_EQ(job["state"], "failed") << model;
  }
}

TEST_F(WorkbenchRoutes, RefuseAFileOfTheWrongKindAtOnce) {
  const std::string image = upload(kImage, "digit.png");
  EXPECT_EQ(ask("POST", "/api/workbench/jobs", json({{"kind", "convert"}, {"file", image}}).dump()).status, 400);
  EXPECT_EQ(ask("POST", "/api/workbench/jobs", json({{"kind", "convert"}, {"file", "f99"}}).dump()).status, 404);
}

TEST_F(WorkbenchRoutes, RefuseWhatIsNotAskedProperly) {
  EXPECT_EQ(ask("POST", "/api/workbench/jobs", "{").status, 400);
  EXPECT_EQ(ask("POST", "/api/workbench/files", "abc").status, 400);
  EXPECT_EQ(ask("POST", "/api/workbench/files?name=../x.pth", "abc").status, 400);
  EXPECT_EQ(ask("POST", "/api/workbench/files?name=x.pth&size=1", "abc").status, 400);
  EXPECT_EQ(ask("GET", "/api/workbench/jobs/j99").status, 404);
  EXPECT_EQ(ask("POST", "/api/workbench/jobs/j99/cancel").status, 404);
  EXPECT_EQ(ask("DELETE", "/api/workbench/files/f99").status, 404);
}

TEST_F(WorkbenchRoutes, RefusePagesOfOtherSites) {
  const Headers foreign = {{"host", "127.0.0.1:5003"}, {"origin", "https://evil.example"}};
  for (const char* target : {"/api/workbench/files?name=x.pth", "/api/workbench/files/f1?offset=0",
                             "/api/workbench/jobs", "/api/workbench/jobs/j1/cancel"}) {
    EXPECT_EQ(ask("POST", target, "{}", foreign).status, 403) << target;
  }
  EXPECT_EQ(ask("DELETE", "/api/workbench/files/f1", "", foreign).status, 403);
}

TEST_F(WorkbenchRoutes, RefuseForeignNamesOfThisAddress) {
  EXPECT_EQ(ask("GET", "/api/workbench", "", {{"host", "evil.example"}}).status, 403);
}

TEST(WorkbenchOff, SaysHowItIsSwitchedOn) {
  Router router;
  add_no_workbench_route(router);
  HttpRequest request;
  request.method = "GET";
  request.path = "/api/workbench";
  HttpResponse answer;
  router.handle(std::move(request), [&](HttpResponse response) { answer = std::move(response); });
  const json document = json::parse(answer.text);
  EXPECT_EQ(document["enabled"], false);
  EXPECT_THAT(document["how"].get<std::string>(), HasSubstr("--workbench"));
}

}  // namespace
}  // namespace tandem::serve
