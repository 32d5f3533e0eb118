//! Links the plugin as jailrun_add_stage of the C and C++ SDK does: never unloaded, cheap to load.
fn main() {
    for flag in [
        "-Wl,-z,nodelete",
        "-Wl,-z,now",
        "-Wl,-z,defs",
        "-Wl,-z,noseparate-code",
        "-Wl,-z,pack-relative-relocs",
        "-Wl,--exclude-libs,ALL",
        "-Wl,--gc-sections",
    ] {
        println!("cargo:rustc-cdylib-link-arg={flag}");
    }
    println!("cargo:rerun-if-changed=build.rs");
}
