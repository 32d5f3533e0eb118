//! A fake runner for tests: gives the stage the options and facts that a test chooses, and writes down what it plans. No root, no
//! jail.
use crate::jailrun_sdk::*;
use std::collections::BTreeMap;
use std::os::raw::c_char;

#[derive(Default)]
pub struct FakeHost {
    options: BTreeMap<String, Vec<String>>,
    facts: BTreeMap<String, String>,
    sentence: String,
    lines: Vec<String>,
    lent: Vec<Vec<u8>>, // what was handed out, until the host goes
}

impl FakeHost {
    pub fn option(mut self, name: &str, value: &str) -> FakeHost {
        self.options.entry(name.to_string()).or_default().push(value.to_string());
        self
    }
    pub fn fact(mut self, name: &str, value: &str) -> FakeHost {
        self.facts.insert(name.to_string(), value.to_string());
        self
    }

    /// What the stage plans, one line for each action; or why it was refused.
    pub fn plan(mut self, plugin: &jr_plugin) -> String {
        let descriptor = unsafe { &**plugin.stages };
        self.take_defaults(descriptor);
        let ops = unsafe { &*descriptor.ops };
        let (host, actions) = tables();
        let ctx = &mut self as *mut FakeHost as *mut jr_ctx;
        let status = unsafe {
            let stage = ops.create.unwrap()(&host);
            let mut status = ops.configure.map_or(JR_OK, |configure| configure(stage, ctx));
            if status == JR_OK {
                status = ops.plan.unwrap()(stage, ctx, &actions);
            }
            ops.destroy.unwrap()(stage);
            status
        };
        if status == JR_OK {
            self.lines.concat()
        } else {
            format!("refused: {}", self.sentence)
        }
    }

    fn take_defaults(&mut self, descriptor: &jr_stage_descriptor) {
        for index in 0..descriptor.option_count as usize {
            let option = unsafe { &*descriptor.options.add(index) };
            let (name, value) = unsafe { (words(option.name), words(option.default_value)) };
            if !value.is_empty() {
                self.options.entry(name).or_insert_with(|| vec![value]);
            }
        }
    }

    fn lend(&mut self, words: &str) -> jr_str {
        let mut bytes = words.as_bytes().to_vec();
        bytes.push(0);
        let raw = jr_str { data: bytes.as_ptr() as *const c_char, length: words.len() as u64 };
        self.lent.push(bytes);
        raw
    }
}

unsafe fn words(raw: jr_str) -> String {
    if raw.length == 0 {
        return String::new();
    }
    assert_eq!(*raw.data.add(raw.length as usize), 0, "a string ends with NUL");
    let bytes = std::slice::from_raw_parts(raw.data as *const u8, raw.length as usize);
    String::from_utf8(bytes.to_vec()).expect("strings are UTF-8")
}

unsafe fn host_of<'a>(ctx: *mut jr_ctx) -> &'a mut FakeHost {
    &mut *(ctx as *mut FakeHost)
}

unsafe extern "C" fn fail(ctx: *mut jr_ctx, status: jr_status, _number: i32, sentence: jr_str) -> jr_status {
    host_of(ctx).sentence = words(sentence);
    status
}
unsafe extern "C" fn option_count(ctx: *mut jr_ctx, name: jr_str) -> u64 {
    host_of(ctx).options.get(&words(name)).map_or(0, |values| values.len() as u64)
}
unsafe extern "C" fn option(ctx: *mut jr_ctx, name: jr_str, index: u64, value: *mut jr_str) -> jr_status {
    let host = host_of(ctx);
    match host.options.get(&words(name)).and_then(|values| values.get(index as usize)).cloned() {
        Some(text) => *value = host.lend(&text),
        None => return JR_ERROR_INTERNAL,
    }
    JR_OK
}
unsafe extern "C" fn option_origin(ctx: *mut jr_ctx, name: jr_str, _index: u64) -> jr_str {
    let origin = format!("--{}", words(name));
    host_of(ctx).lend(&origin)
}
unsafe extern "C" fn read_text(ctx: *mut jr_ctx, name: jr_str, value: *mut jr_str) -> jr_status {
    let host = host_of(ctx);
    match host.facts.get(&words(name)).cloned() {
        Some(text) => *value = host.lend(&text),
        None => return JR_ERROR_INTERNAL,
    }
    JR_OK
}
unsafe extern "C" fn read_number(ctx: *mut jr_ctx, name: jr_str, value: *mut u64) -> jr_status {
    match host_of(ctx).facts.get(&words(name)).and_then(|text| text.parse().ok()) {
        Some(number) => *value = number,
        None => return JR_ERROR_INTERNAL,
    }
    JR_OK
}
unsafe extern "C" fn has_fact(ctx: *mut jr_ctx, name: jr_str) -> u32 {
    host_of(ctx).facts.contains_key(&words(name)) as u32
}

unsafe extern "C" fn directory(ctx: *mut jr_ctx, raw: *const jr_directory) -> jr_status {
    let (path, owner) = (words((*raw).path.text), (*raw).owner);
    host_of(ctx).lines.push(format!("directory {path}  {:04o} {}:{}\n", (*raw).mode, owner.uid, owner.gid));
    JR_OK
}
unsafe extern "C" fn write(ctx: *mut jr_ctx, raw: *const jr_write) -> jr_status {
    let (path, owner, content) = (words((*raw).path.text), (*raw).owner, (*raw).content);
    let bytes = std::slice::from_raw_parts(content.data as *const u8, content.length as usize);
    let shown = String::from_utf8_lossy(bytes);
    host_of(ctx).lines.push(format!("write {path}  {:04o} {}:{}  {shown:?}\n", (*raw).mode, owner.uid, owner.gid));
    JR_OK
}

// Functions that a test needs and that are not here: add them. A stage that calls one that is missing panics or is
// refused, as by a runner that lacks it, and the test says so.
fn tables() -> (jr_host, jr_actions) {
    let mut host: jr_host = unsafe { std::mem::zeroed() };
    host.struct_size = std::mem::size_of::<jr_host>() as u32;
    host.abi_minor = JR_ABI_MINOR;
    host.fail = Some(fail);
    host.option_count = Some(option_count);
    host.option = Some(option);
    host.option_origin = Some(option_origin);
    host.read_text = Some(read_text);
    host.read_number = Some(read_number);
    host.has_fact = Some(has_fact);

    let mut actions: jr_actions = unsafe { std::mem::zeroed() };
    actions.struct_size = std::mem::size_of::<jr_actions>() as u32;
    actions.abi_minor = JR_ABI_MINOR;
    actions.directory = Some(directory);
    actions.write = Some(write);
    (host, actions)
}
