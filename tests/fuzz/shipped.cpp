// SPDX-License-Identifier: Apache-2.0
#include "tests/fuzz/shipped.hpp"

#include "tests/support/hierarchies.hpp"
#include "tests/support/temp_directory.hpp"

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <memory>
#include <stdexcept>

#include <fcntl.h>
#include <sys/inotify.h>
#include <unistd.h>

namespace jailrun::tests::fuzz {
namespace {

namespace fs = std::filesystem;

struct Shipped {
  TempDirectory directory;
  core::SearchPath search = {{directory.path()}, {directory.directory("plugins")}};
  core::Trust trust;
  core::Loader loader = core::Loader(trust, search.plugins);
  std::map<std::string, std::unique_ptr<core::Pipeline>> pipelines;
  std::map<std::string_view, const core::StageDescription*> stages;

  Shipped() {
    // Copied, both: root trusts no file of a clone that is another user's.
    for (const auto& entry : fs::directory_iterator(JAILRUN_TEST_PLUGINS)) {
      if (entry.path().extension() != ".so") continue;
      const std::string name = "plugins/" + entry.path().filename().string();
      const Result<const core::Plugin*> plugin =
          loader.load(directory.file(name, read_file(entry.path().string())));
      if (!plugin) throw std::runtime_error(plugin.error().sentence);
      for (const core::StageDescription& stage : plugin.value()->stages) stages[stage.id] = &stage;
    }
    for (const auto& entry : fs::directory_iterator(JAILRUN_TEST_PIPELINES)) {
      const std::string name = entry.path().filename().string();
      if (entry.path().extension() != ".conf") continue;
      directory.file(name, read_file(entry.path().string()));
      std::vector<core::Finding> findings;
      pipelines[name] = core::load_pipeline(name, search, trust, loader, findings);
      if (!findings.empty()) throw std::runtime_error(findings.front().text());
    }
  }
};

const Shipped& shipped() {
  static const Shipped kInstance;
  return kInstance;
}

struct Places {
  TempDirectory directory;
  std::unique_ptr<Hierarchies> hierarchies;
  UniqueFd watch{inotify_init1(IN_NONBLOCK | IN_CLOEXEC)};

  static constexpr uint32_t kChanges = IN_CREATE | IN_DELETE | IN_MOVE | IN_MODIFY | IN_ATTRIB;
  void watch_for(const std::string& path, uint32_t events) const {
    if (inotify_add_watch(watch.get(), path.c_str(), events) < 0)
      throw std::runtime_error("can't watch " + path + ": " + std::strerror(errno));
  }

  Places() {
    directory.file("vmm", "", 0755);
    directory.file("text");
    directory.link("link", "vmm");
    directory.fifo("fifo");
    for (const char* name : {"base", "filled", "filled/vmm", "filled/vmm/web-1", "filled/vmm/web-1/root",
                             "filled/vmm/web-1/root/dev", "filled/vmm/taken", "cgroup"})
      directory.directory(name);
    directory.file("filled/vmm/web-1/root/vmm", "older", 0755);
    directory.link("filled/vmm/web-1/root/run", "/tmp");
    directory.file("filled/vmm/taken/ledger", "jailrun-ledger version=1\n");
    std::map<std::string, sys::Hierarchy> mounted;
    for (const std::string controller : {"cpuset", "memory", "pids", "blkio", "devices"})
      mounted[controller] = {1, directory.directory("cgroup/" + controller)};
    const std::string unified = directory.directory("cgroup/unified");
    for (const std::string controller : {"cgroup", "cpu", "io"}) mounted[controller] = {2, unified};
    directory.directory("cgroup/unified/vms");
    directory.file("cgroup/unified/cgroup.subtree_control", "cpu\n");
    directory.file("cgroup/cpuset/cpuset.cpus", "0-1\n");
    directory.file("cgroup/cpuset/cpuset.mems", "0\n");
    // Last, as what was made here so far is not a change.
    watch_for(directory.path(), kChanges);
    for (const auto& entry : fs::recursive_directory_iterator(directory.path()))
      if (entry.is_directory() && !entry.is_symlink()) watch_for(entry.path().string(), kChanges);
    watch_for(directory / "fifo", IN_OPEN);
    watch_for("/usr", IN_CREATE | IN_DELETE | IN_MOVE);  // the base of inputs that give an absolute one
    hierarchies = std::make_unique<Hierarchies>(std::move(mounted));
  }
};

const Places& places() {
  static const Places kInstance;
  return kInstance;
}

}  // namespace

const core::Pipeline* shipped_pipeline(const std::string& name) {
  const auto found = shipped().pipelines.find(name);
  return found == shipped().pipelines.end() ? nullptr : found->second.get();
}

const core::SearchPath& shipped_files() { return shipped().search; }

const std::map<std::string_view, const core::StageDescription*>& shipped_stages() { return shipped().stages; }

std::vector<const core::StageDescription*> descriptions(const core::Pipeline& pipeline) {
  std::vector<const core::StageDescription*> all;
  for (const core::PipelineStage& stage : pipeline.stages) all.push_back(stage.description);
  return all;
}

void load_shipped() {
  shipped();
  places();
}

Workplace::Workplace() : left_(open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)) {
  if (!left_ || chdir(places().directory.path().c_str()) != 0)
    throw std::runtime_error("can't enter the workplace");
}

Workplace::~Workplace() { (void)!fchdir(left_.get()); }

std::string Workplace::changes() const {
  std::string names;
  alignas(inotify_event) char buffer[4096];
  for (ssize_t size = 0; (size = read(places().watch.get(), buffer, sizeof buffer)) > 0;) {
    for (ssize_t at = 0; at < size;) {
      const auto* event = reinterpret_cast<const inotify_event*>(buffer + at);
      names += event->len > 0 ? std::string(" ") + event->name : std::string(" the FIFO or a directory");
      at += static_cast<ssize_t>(sizeof *event + event->len);
    }
  }
  return names;
}

std::vector<std::string> lines(const core::Plan& plan) {
  std::vector<std::string> all;
  plan.each([&](const core::Action& action) { all.push_back(core::encode(core::to_record(action))); });
  return all;
}

}  // namespace jailrun::tests::fuzz
