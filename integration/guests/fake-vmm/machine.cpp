// SPDX-License-Identifier: Apache-2.0
#include "machine.hpp"

#include "files.hpp"

#include <cstdlib>

namespace fake_vmm {
namespace {

Answer fault(const std::string& message, int status = 400) {
  return {status, "{\"fault_message\":" + quoted(message) + "}"};
}

// 204, or 400 with the sentence.
Answer unless(const std::string& problem) { return problem.empty() ? Answer{} : fault(problem); }

Answer unknown(const Request& request) {
  return fault("no such request: " + request.method + " " + request.path);
}

std::string member(const Members& members, const std::string& name) {
  const auto found = members.find(name);
  return found == members.end() ? "" : found->second;
}

std::string id_fault(const Members& body, const std::string& member_name, const std::string& id) {
  if (!id.empty() && member(body, member_name) == id) return "";
  return "the path's id \"" + id + "\" is not the body's " + member_name;
}

}  // namespace

Answer Machine::answer(const Request& request) {
  const size_t second = request.path.find('/', 1);
  const std::string resource = request.path.substr(0, second);
  const std::string id = second == std::string::npos ? "" : request.path.substr(second + 1);
  if (request.method == "GET") {
    const Answer answer = get(request.path);
    return answer.body.empty() ? unknown(request) : answer;
  }
  if (request.method == "PUT") return put(resource, id, request);
  Members body;
  if (request.method == "PATCH" && read_object(request.body, &body)) return patch(resource, id, body);
  return unknown(request);
}

Answer Machine::get(const std::string& path) const {
  if (path == "/")
    return {200, "{\"id\":" + quoted(id_) + ",\"state\":" + quoted(state_) +
                     ",\"vmm_version\":\"0.0.0\",\"app_name\":\"fake-vmm\"}"};
  if (path == "/version") return {200, R"({"firecracker_version":"0.0.0"})"};
  if (path == "/machine-config") return {200, machine_config_};
  if (path == "/mmds") return {200, metadata_};
  return {404, ""};
}

Answer Machine::put(const std::string& resource, const std::string& id, const Request& request) {
  Members body;
  if (!read_object(request.body, &body))
    return fault("the body of PUT " + request.path + " is no JSON object");
  if (resource == "/actions") return act(member(body, "action_type"));
  if (resource == "/mmds") {
    if (id.empty()) metadata_ = request.body;
    return {};
  }
  if (state_ != "Not started")
    return fault("PUT " + request.path + " comes too late: the machine has started");
  if (resource == "/machine-config") {
    const int cpus = std::atoi(member(body, "vcpu_count").c_str());
    if (cpus < 1 || cpus > 32 || std::atoi(member(body, "mem_size_mib").c_str()) < 1)
      return fault("a machine needs 1 to 32 vcpus and some memory");
    machine_config_ = request.body;
    return {};
  }
  if (resource == "/boot-source") return unless(boot_source(body));
  if (resource == "/drives") {
    const std::string problem = id_fault(body, "drive_id", id);
    return unless(problem.empty() ? drive(id, body) : problem);
  }
  if (resource == "/network-interfaces") {
    const std::string problem = id_fault(body, "iface_id", id);
    return unless(problem.empty() ? attach_tap(member(body, "host_dev_name")) : problem);
  }
  int vsock = -1;
  if (resource == "/vsock") return unless(bind_socket(member(body, "uds_path"), &vsock));
  if (resource == "/logger") return unless(start_log(member(body, "log_path")));
  if (resource == "/metrics") return unless(start_log(member(body, "metrics_path")));
  return unknown(request);
}

Answer Machine::patch(const std::string& resource, const std::string& id, const Members& body) {
  if (state_ == "Not started") return fault("PATCH " + resource + " comes too early: nothing runs yet");
  if (resource == "/vm") {
    const std::string wanted = member(body, "state");
    if (wanted != "Paused" && wanted != "Resumed") return fault("no such state: " + wanted);
    state_ = wanted == "Paused" ? "Paused" : "Running";
    return {};
  }
  if (resource == "/drives") {
    if (drives_.count(id) == 0) return fault("no such drive: " + id);
    return unless(drive(id, {{"path_on_host", member(body, "path_on_host")}, {"is_read_only", drives_[id]}}));
  }
  return fault("no such request: PATCH " + resource);
}

Answer Machine::act(const std::string& action) {
  const bool started = state_ != "Not started";
  if (action == "InstanceStart") {
    if (started) return fault("the machine has started already");
    if (!has_boot_source_) return fault("a machine can't be started without a kernel");
    state_ = "Running";
    return {};
  }
  if (action != "SendCtrlAltDel" && action != "FlushMetrics") return fault("no such action: " + action);
  if (!started) return fault(action + " comes too early: nothing runs yet");
  ended_ = action == "SendCtrlAltDel";
  return {};
}

std::string Machine::boot_source(const Members& body) {
  std::string problem = cannot_open(member(body, "kernel_image_path"), false);
  if (!problem.empty()) return "kernel " + problem;
  const std::string initrd = member(body, "initrd_path");
  if (!initrd.empty()) problem = cannot_open(initrd, false);
  if (!problem.empty()) return "initrd " + problem;
  has_boot_source_ = true;
  return "";
}

std::string Machine::drive(const std::string& id, const Members& body) {
  const std::string read_only = member(body, "is_read_only");
  const std::string problem = cannot_open(member(body, "path_on_host"), read_only != "true");
  if (!problem.empty()) return "drive " + problem;
  drives_[id] = read_only;
  return "";
}

std::string Machine::configure(const std::string& json) {
  Members all;
  Members boot;
  std::vector<std::string> drives;
  if (!read_object(json, &all) || !read_object(member(all, "boot-source"), &boot))
    return "no boot-source in it";
  std::string problem = boot_source(boot);
  if (all.count("drives") != 0 && !read_array(all["drives"], &drives))
    problem = "its drives are not an array";
  for (const std::string& text : drives) {
    Members one;
    if (!problem.empty()) return problem;
    problem =
        read_object(text, &one) ? drive(member(one, "drive_id"), one) : "a drive in it is not an object";
  }
  if (problem.empty()) state_ = "Running";
  return problem;
}

}  // namespace fake_vmm
