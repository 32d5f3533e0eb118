// SPDX-License-Identifier: Apache-2.0
#include "core/seccomp/learned.hpp"

#include "core/seccomp/json_reader.hpp"

#include <algorithm>

namespace jailrun::seccomp {
namespace {

const char* oci_name(Architecture architecture) {
  switch (architecture) {
    case Architecture::kX86_64: return "SCMP_ARCH_X86_64";
    case Architecture::kX32: return "SCMP_ARCH_X32";
    case Architecture::kI386: return "SCMP_ARCH_X86";
    case Architecture::kAarch64: return "SCMP_ARCH_AARCH64";
    case Architecture::kArm: return "SCMP_ARCH_ARM";
  }
  return "";
}

// Nothing but what text() writes: what is passed over here would be lost.
class Reader {
 public:
  Reader(std::string_view text, Learned& learned) : json_(text), learned_(learned) {}

  Result<void> run() {
    json_.object([this](std::string_view key) { member(key); });
    json_.finish();
    if (fault_.empty() && json_.has_failed()) fault_ = json_.fault();
    if (fault_.empty() && !has_default_) fault_ = "there is no \"defaultAction\"";
    if (fault_.empty()) return {};
    return input_error("line " + std::to_string(json_.line()) + ": " + fault_);
  }

 private:
  void fault(const std::string& text) {
    if (fault_.empty()) fault_ = text;
    json_.fail("it was not learned");  // nothing more is read
  }

  void member(std::string_view key) {
    if (key == "defaultAction") {
      has_default_ = true;
      if (json_.string() != "SCMP_ACT_ERRNO") fault("the \"defaultAction\" is not SCMP_ACT_ERRNO");
    } else if (key == "architectures") {
      json_.array([this] { add(learned_.architectures); });
    } else if (key == "syscalls") {
      json_.array([this] { rule(); });
    } else {
      other(key);
    }
  }

  // Only what can be written again as it is.
  void add(std::set<std::string>& names) {
    const std::string name(json_.string());
    const bool is_word = std::all_of(name.begin(), name.end(), [](char byte) {
      return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || (byte >= '0' && byte <= '9') ||
             byte == '_';
    });
    if (!is_word) return fault("'" + name + "' is not a name");
    names.insert(name);
  }

  void rule() {
    json_.object([this](std::string_view key) {
      if (key == "names") {
        json_.array([this] { add(learned_.names); });
      } else if (key == "action") {
        if (json_.string() != "SCMP_ACT_ALLOW") fault("an \"action\" is not SCMP_ACT_ALLOW");
      } else {
        other(key);
      }
    });
  }

  void other(std::string_view key) { fault("no learned profile has \"" + std::string(key) + "\""); }

  JsonReader json_;
  Learned& learned_;
  std::string fault_;
  bool has_default_ = false;
};

void add_list(std::string& text, const std::set<std::string>& names, const char* between) {
  const char* comma = "";
  for (const std::string& name : names) {
    text.append(comma).append("\"").append(name).append("\"");
    comma = between;
  }
}

}  // namespace

bool find_architecture(uint32_t audit, uint32_t number, Architecture& found) {
  if (audit == audit_number(Architecture::kX86_64) && number >= kX32Bit) {
    found = Architecture::kX32;
    return true;
  }
  for (unsigned i = 0; i < kArchitectures; ++i) {
    found = static_cast<Architecture>(i);
    if (found != Architecture::kX32 && audit_number(found) == audit) return true;
  }
  return false;
}

Call call_with_number(Architecture architecture, uint32_t number) {
  for (Call call = 0; call < count_calls(); ++call)
    if (call_number(call, architecture) == number) return call;
  return kNoCall;
}

void Learned::add(const NotedCalls& noted) {
  architectures.insert(oci_name(kNative));
  for (const NotedCall& one : noted.calls) {
    if (__atomic_load_n(&one.count, __ATOMIC_ACQUIRE) == 0) continue;
    Architecture architecture = kNative;
    if (!find_architecture(one.architecture, one.number, architecture)) continue;
    architectures.insert(oci_name(architecture));
    if (const Call call = call_with_number(architecture, one.number); call != kNoCall)
      names.emplace(call_name(call));
  }
  for (const std::string_view name : kAlwaysLearned)
    if (find_call(name) != kNoCall) names.emplace(name);
}

std::string Learned::text() const {
  std::string text = "{\n  \"defaultAction\": \"SCMP_ACT_ERRNO\",\n  \"architectures\": [";
  add_list(text, architectures, ", ");
  text += "],\n  \"syscalls\": [\n    {\n      \"names\": [\n        ";
  add_list(text, names, ",\n        ");
  return text + "\n      ],\n      \"action\": \"SCMP_ACT_ALLOW\"\n    }\n  ]\n}\n";
}

Result<Learned> read_learned(std::string_view text) {
  Learned learned;
  JR_TRY(Reader(text, learned).run());
  return learned;
}

}  // namespace jailrun::seccomp
