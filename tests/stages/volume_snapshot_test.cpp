// SPDX-License-Identifier: Apache-2.0
// What is asked of device-mapper, byte by byte: the kernels of test machines may not have it.
#include "plugins/volume/snapshot.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>

namespace jailrun::tests {
namespace {

using volume::DeviceRequest;
using volume::DeviceTable;

DeviceTable read_back(DeviceRequest& request) { return request.table(); }

TEST(VolumeSnapshot, KeepsOrReadsEachBlockOfItsBase) {
  const DeviceTable table = volume::snapshot_table(4194304, makedev(7, 3), makedev(7, 300));
  ASSERT_EQ(table.size(), 1U);
  EXPECT_EQ(table[0].start, 0U);
  EXPECT_EQ(table[0].length, 4194304U);
  EXPECT_EQ(table[0].type, "snapshot");
  EXPECT_EQ(table[0].parameters, "7:3 7:300 P 8");
}

TEST(VolumeSnapshot, IsTheWholeVolumeWhereThatIsNotLarger) {
  const DeviceTable table = volume::volume_table(100, makedev(253, 1), 0, 0);
  ASSERT_EQ(table.size(), 1U);
  EXPECT_EQ(table[0].length, 100U);
  EXPECT_EQ(table[0].type, "linear");
  EXPECT_EQ(table[0].parameters, "253:1 0");
  EXPECT_FALSE(volume::growth_of(table));
}

TEST(VolumeSnapshot, IsFollowedByWhatTheVolumeHasMore) {
  const DeviceTable table = volume::volume_table(100, makedev(253, 1), 28, makedev(7, 9));
  ASSERT_EQ(table.size(), 2U);
  EXPECT_EQ(table[1].start, 100U);
  EXPECT_EQ(table[1].length, 28U);
  EXPECT_EQ(table[1].type, "linear");
  EXPECT_EQ(table[1].parameters, "7:9 0");
  EXPECT_EQ(volume::growth_of(table), makedev(7, 9));
}

// Every chunk of the base rewritten: as many chunks, their areas of 256 exceptions, the header, and the area
// that is begun when the last is full.
TEST(VolumeSnapshot, HasRoomForEveryBlockOfItsBase) {
  constexpr uint64_t kChunk = 4096;
  EXPECT_EQ(volume::difference_size(1), 4 * kChunk);
  EXPECT_EQ(volume::difference_size(8), 4 * kChunk);
  EXPECT_EQ(volume::difference_size(9), 5 * kChunk);
  constexpr uint64_t kChunks = 2ULL << 30 >> 12;
  EXPECT_EQ(volume::difference_size((2ULL << 30) / 512), (kChunks + kChunks / 256 + 3) * kChunk);
}

TEST(VolumeSnapshot, HasNamesThatBeginWithTheLaunchesToken) {
  const volume::SnapshotNames names("0123456789abcdef0123456789abcdef", 2);
  EXPECT_EQ(names.volume, "jailrun-0123456789abcdef0123456789abcdef-2");
  EXPECT_EQ(names.snapshot, "jailrun-0123456789abcdef0123456789abcdef-2-base");
  EXPECT_EQ(volume::SnapshotNames::uuid(names.snapshot), "JAILRUN-0123456789abcdef0123456789abcdef-2-base");
  EXPECT_LT(names.snapshot.size(), size_t{DM_NAME_LEN});
  EXPECT_LT(names.volume.size(), size_t{LO_NAME_SIZE});
}

TEST(DeviceRequest, HasAHeaderThatSaysHowLongItIs) {
  DeviceRequest request("name", "uuid", DM_SKIP_LOCKFS_FLAG);
  const std::vector<char>& bytes = request.finish();
  dm_ioctl header{};
  std::memcpy(&header, bytes.data(), sizeof header);
  EXPECT_EQ(header.version[0], 4U);
  EXPECT_EQ(header.version[1], 0U);
  EXPECT_EQ(header.data_size, bytes.size());
  EXPECT_EQ(header.data_start, sizeof header);
  EXPECT_EQ(header.flags, uint32_t{DM_SKIP_LOCKFS_FLAG});
  EXPECT_EQ(header.target_count, 0U);
  EXPECT_STREQ(header.name, "name");
  EXPECT_STREQ(header.uuid, "uuid");
}

TEST(DeviceRequest, CarriesTargetsEachOnItsOwnEightBytes) {
  DeviceRequest request("", "uuid");
  request.add({0, 100, "linear", "253:1 0"});
  request.add({100, 28, "linear", "7:9 0"});
  const std::vector<char>& bytes = request.finish();
  dm_ioctl header{};
  std::memcpy(&header, bytes.data(), sizeof header);
  EXPECT_EQ(header.target_count, 2U);
  dm_target_spec first{};
  std::memcpy(&first, bytes.data() + header.data_start, sizeof first);
  EXPECT_EQ(first.sector_start, 0U);
  EXPECT_EQ(first.length, 100U);
  EXPECT_STREQ(first.target_type, "linear");
  EXPECT_STREQ(bytes.data() + header.data_start + sizeof first, "253:1 0");
  EXPECT_EQ(first.next % 8, 0U);
  dm_target_spec second{};
  std::memcpy(&second, bytes.data() + header.data_start + first.next, sizeof second);
  EXPECT_EQ(second.sector_start, 100U);
  EXPECT_EQ(second.length, 28U);
  EXPECT_STREQ(bytes.data() + header.data_start + first.next + sizeof second, "7:9 0");
}

// A name that is too long must not run over its field, nor lose its end.
TEST(DeviceRequest, CutsANameThatIsTooLong) {
  DeviceRequest request(std::string(500, 'n'), std::string(500, 'u'));
  EXPECT_EQ(std::strlen(request.header().name), size_t{DM_NAME_LEN} - 1);
  EXPECT_EQ(std::strlen(request.header().uuid), size_t{DM_UUID_LEN} - 1);
}

// As the kernel writes them: `next` counts from the first target.
std::vector<char> answer(const DeviceTable& table, size_t text_room) {
  std::vector<char> bytes;
  for (const volume::DeviceTarget& target : table) {
    dm_target_spec spec{};
    spec.sector_start = target.start;
    spec.length = target.length;
    target.type.copy(spec.target_type, sizeof spec.target_type - 1);
    spec.next = static_cast<uint32_t>(bytes.size() + sizeof spec + text_room);
    const auto* from = reinterpret_cast<const char*>(&spec);
    bytes.insert(bytes.end(), from, from + sizeof spec);
    std::string text = target.parameters;
    text.resize(text_room);
    bytes.insert(bytes.end(), text.begin(), text.end());
  }
  return bytes;
}

DeviceTable answered(const std::vector<char>& bytes, uint32_t count) {
  DeviceRequest request("", "uuid");
  request.reserve(bytes.size());
  std::copy(bytes.begin(), bytes.end(), request.finish().begin() + sizeof(dm_ioctl));
  request.header().target_count = count;
  return read_back(request);
}

TEST(DeviceAnswer, IsReadAsATable) {
  const DeviceTable table =
      answered(answer(volume::volume_table(100, makedev(253, 1), 28, makedev(7, 9)), 16), 2);
  ASSERT_EQ(table.size(), 2U);
  EXPECT_EQ(table[0].type, "linear");
  EXPECT_EQ(table[0].parameters, "253:1 0");
  EXPECT_EQ(table[1].start, 100U);
  EXPECT_EQ(table[1].length, 28U);
  EXPECT_EQ(volume::growth_of(table), makedev(7, 9));
}

TEST(DeviceAnswer, ThatIsCutOffIsNoTable) {
  const std::vector<char> whole = answer(volume::volume_table(100, makedev(253, 1), 28, makedev(7, 9)), 8);
  for (size_t size = 0; size + 1 < whole.size(); ++size) {
    const std::vector<char> part(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size));
    EXPECT_TRUE(answered(part, 2).empty() || answered(part, 2)[1].parameters == "7:9 0") << size;
  }
}

TEST(DeviceAnswer, HasNumbersAsTheKernelPacksThem) {
  EXPECT_EQ(volume::unpack_number(0x0701), makedev(7, 1));
  EXPECT_EQ(volume::unpack_number(0xfd00), makedev(253, 0));
  EXPECT_EQ(volume::unpack_number(0x10fd2cU), makedev(253, 300));
}

}  // namespace
}  // namespace jailrun::tests
