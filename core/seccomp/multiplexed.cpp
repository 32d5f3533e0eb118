// SPDX-License-Identifier: Apache-2.0
#include "core/seccomp/multiplexed.hpp"

#include <vector>

namespace jailrun::seccomp {
namespace {

struct Named {
  std::string_view name;
  uint8_t number;
};
// By SYS_... of linux/net.h.
constexpr Named kSocketCalls[] = {{"socket", 1},    {"bind", 2},        {"connect", 3},     {"listen", 4},
                                  {"accept", 5},    {"getsockname", 6}, {"getpeername", 7}, {"socketpair", 8},
                                  {"send", 9},      {"recv", 10},       {"sendto", 11},     {"recvfrom", 12},
                                  {"shutdown", 13}, {"setsockopt", 14}, {"getsockopt", 15}, {"sendmsg", 16},
                                  {"recvmsg", 17},  {"accept4", 18},    {"recvmmsg", 19},   {"sendmmsg", 20}};
// By their names in linux/ipc.h.
constexpr Named kIpcCalls[] = {{"semop", 1},   {"semget", 2},  {"semctl", 3},  {"semtimedop", 4},
                               {"msgsnd", 11}, {"msgrcv", 12}, {"msgget", 13}, {"msgctl", 14},
                               {"shmat", 21},  {"shmdt", 22},  {"shmget", 23}, {"shmctl", 24}};

struct Table {
  std::vector<Multiplexed> rows;
  std::vector<uint8_t> row_of;  // by Call; 0: none, else one more than the row
};

Table make_table() {
  Table table;
  table.row_of.resize(count_calls());
  const auto add = [&](std::string_view by, const Named& one, uint64_t mask) {
    const Call call = find_call(one.name);
    if (call == kNoCall) return;
    table.rows.push_back({find_call(by), {0, Comparing::kMaskedEqual, true, one.number, mask}});
    table.row_of[call] = static_cast<uint8_t>(table.rows.size());
  };
  for (const Named& one : kSocketCalls) add("socketcall", one, UINT32_MAX);
  // ipc's upper half is a version of the call.
  for (const Named& one : kIpcCalls) add("ipc", one, UINT16_MAX);
  return table;
}

}  // namespace

const Multiplexed* multiplexed(Call call) {
  static const Table table = make_table();
  const uint8_t row = table.row_of[call];
  return row == 0 ? nullptr : &table.rows[row - 1];
}

}  // namespace jailrun::seccomp
