//! Pure. What to write for each key: one line of help, shown when a value is missing or of the wrong type.

use super::finding::KeyPath;

mod calendar;
mod work;

/// Keys, with `*` for an id, and what to write there.
const HINTS: &[(&str, &str)] = &[
    ("site", "write [site] with id, timezone and org"),
    ("site.id", "write the plant's short id, such as id = \"xuong-1\""),
    ("site.name", NAME),
    (
        "site.timezone",
        "write an IANA zone, such as timezone = \"Asia/Ho_Chi_Minh\"",
    ),
    (
        "site.language",
        "write a language of two letters, such as language = \"vi\"",
    ),
    (
        "site.org",
        "write the company's short id (its tax code is a good choice), such as org = \"example-co\"",
    ),
    ("store.path", "write the data folder, such as path = \"/var/lib/gemba\""),
    (
        "store.commit_ms",
        "write milliseconds between two writes, such as commit_ms = 5000",
    ),
    (
        "store.fact_days",
        "write days, such as fact_days = 400: so long checkpoints are kept, and bookings where no sink is configured; facts are not pruned yet",
    ),
    (
        "store.max_disk_mb",
        "write the most megabytes the database may take, copies in quarantine/ apart, such as max_disk_mb = 4096",
    ),
    (
        "serve.listen",
        "write address and port, such as listen = \"0.0.0.0:8080\"",
    ),
    ("serve.viewer", "write viewer = \"open\""),
    ("token.*", "write role and token_file"),
    (
        "token.*.role",
        "write role = \"viewer\", \"operator\", \"leader\" or \"admin\"",
    ),
    (
        "token.*.token_file",
        "write the file that holds the token, such as token_file = \"/etc/gemba/mes.token\"",
    ),
    (
        "source.modbus.*",
        "write [source.modbus.NAME] with url = \"tcp://192.168.1.10:502\"",
    ),
    (
        "source.modbus.*.url",
        "write url = \"tcp://HOST:PORT\", such as url = \"tcp://192.168.1.10:502\"",
    ),
    (
        "source.modbus.*.timeout_ms",
        "write the longest wait for an answer, such as timeout_ms = 1000",
    ),
    (
        "source.modbus.*.pause_ms",
        "write the pause between two requests, such as pause_ms = 5",
    ),
    (
        "source.modbus.*.after_connect_ms",
        "write the pause before the first request, such as after_connect_ms = 200",
    ),
    ("source.modbus.*.holes", "write holes = [\"holding:110-119\"]"),
    (
        "source.modbus.*.max_registers",
        "write the most registers in one request, such as max_registers = 100",
    ),
    (
        "source.modbus.*.max_gap",
        "write the most registers read for nothing to merge two points, such as max_gap = 10",
    ),
    (
        "source.mqtt.*",
        "write [source.mqtt.NAME] with url = \"mqtt://broker.plant.lan:1883\"",
    ),
    (
        "source.mqtt.*.url",
        "write url = \"mqtt://HOST:PORT\", such as url = \"mqtt://broker.plant.lan:1883\"",
    ),
    (
        "source.mqtt.*.version",
        "write version = 4 (MQTT 3.1.1), or leave it out",
    ),
    (
        "source.mqtt.*.client_id",
        "write an id no other client of the broker has, or leave it out",
    ),
    ("source.mqtt.*.username", "write the broker's user name in quotes"),
    ("source.mqtt.*.password_file", "write the file that holds the password"),
    (
        "source.mqtt.*.max_packet_bytes",
        "write the largest packet accepted, such as max_packet_bytes = 262144",
    ),
    (
        "template.*",
        "write [template.NAME] with points, and whatever its machines share",
    ),
    (
        "machine.*",
        "write [machine.ID] with state, count, ideal_cycle_s and reject_source",
    ),
    ("machine.*.name", NAME),
    (
        "machine.*.line",
        "write the id of its line, such as line = \"moulding\"",
    ),
    (
        "machine.*.group",
        "write the id of its group of alike machines, such as group = \"presses\"",
    ),
    ("machine.*.orders", "write orders = true where it works by orders"),
    (
        "machine.*.release",
        "write release = \"running\", \"first_off\" or { good = 5 }",
    ),
    (
        "machine.*.pieces_per_count",
        "write pieces_per_count = 4, or \"1/3\" where three counts are a piece",
    ),
    (
        "machine.*.connected",
        "write connected = false where nothing is read from it",
    ),
    (
        "machine.*.planned_hours",
        "write the hours of a week, such as planned_hours = 48",
    ),
    (
        "machine.*.counted",
        "write how its pieces are counted, such as counted = \"person\"",
    ),
    ("*.*.energy", "write energy = { point = \"NAME\", unit = \"kWh\" }"),
    ("*.*.energy.point", "write the name of the meter's energy register"),
    ("*.*.energy.unit", "write unit = \"Wh\", \"kWh\" or \"MWh\""),
    (
        "*.*.energy.max_kw",
        "write the greatest power it can draw, such as max_kw = 90",
    ),
    (
        "*.*.energy.shared_with",
        "write the other machines that it measures too, such as shared_with = [\"press-02\"]",
    ),
    (
        "machine.*.model",
        "write model = { maker = \"...\", type = \"...\", year = 2014 }",
    ),
    (
        "machine.*.model.*",
        "write model = { maker = \"...\", type = \"...\", year = 2014 }",
    ),
    ("machine.*.template", "write the name of a [template.NAME]"),
    (
        "machine.*.modbus",
        "write modbus = { source = \"press-plc\", unit = 1 }",
    ),
    ("machine.*.modbus.source", "write the name of a [source.modbus.NAME]"),
    (
        "machine.*.modbus.unit",
        "write the unit id of the device, such as unit = 1",
    ),
    (
        "machine.*.modbus.offset",
        "write what is added to every address of the points, such as offset = 0",
    ),
    ("*.*.poll_ms", POLL),
    (
        "*.*.ideal_cycle_s",
        "write the seconds of one cycle at best, such as ideal_cycle_s = 12.5",
    ),
    ("*.*.cavities", "write the pieces per cycle, such as cavities = 2"),
    (
        "*.*.max_rate_per_min",
        "write the counts a minute no machine can pass, such as max_rate_per_min = 12",
    ),
    (
        "*.*.state",
        "write state = { from = \"POINT\", map = { 0 = \"stopped\", 1 = \"running\" } }, or { run = \"POINT\" }, or { from_count = \"POINT\" }, or bits, threshold or lamps",
    ),
    ("*.*.state.from", "write the name of the point that holds the code"),
    (
        "*.*.state.map",
        "write what each code means, such as map = { 0 = \"stopped\", 1 = \"running\" }, or map = \"packml\"",
    ),
    (
        "*.*.state.mode",
        "write the name of the point that holds PackML's UnitModeCurrent",
    ),
    (
        "*.*.state.from_count",
        "write the name of the point that counts what is made",
    ),
    ("*.*.state.bits", BITS),
    ("*.*.state.bits.*", BITS),
    ("*.*.state.bits.*.*", BITS),
    (
        "*.*.state.otherwise",
        "write the state while none of the bits is 1, such as otherwise = \"stopped\"",
    ),
    (
        "*.*.state.confirm_with_count",
        "write confirm_with_count = true, or leave it out",
    ),
    (
        "*.*.state.stop_after_s",
        "write the seconds without a piece that are a stop, such as stop_after_s = 30",
    ),
    (
        "*.*.state.told_by",
        "write told_by = \"person\" where people say what the machine does, or \"scan\" where they scan it",
    ),
    (
        "*.*.count.told_by",
        "write told_by = \"person\" where people count, or \"scan\" where they scan what was made",
    ),
    (
        "*.*.state.debounce_ms",
        "write the milliseconds a change must hold, such as debounce_ms = 500",
    ),
    (
        "*.*.state.threshold",
        "write threshold = { point = \"amps\", on = 4.0, off = 2.5, hold_s = 5 }",
    ),
    (
        "*.*.state.threshold.point",
        "write the name of the point that is measured",
    ),
    (
        "*.*.state.threshold.on",
        "write the value from which on it runs, such as on = 4.0",
    ),
    (
        "*.*.state.threshold.off",
        "write the value from which down it stands, such as off = 2.5",
    ),
    (
        "*.*.state.threshold.hold_s",
        "write the seconds a value must hold, such as hold_s = 5",
    ),
    ("*.*.state.lamps", LAMPS),
    ("*.*.state.lamps.map", LAMPS),
    ("*.*.state.lamps.map.*", LAMPS),
    (
        "*.*.state.lamps.map.*.*",
        "write \"off\", \"on\" or \"flashing\" for a lamp, and is = \"running\" or another state",
    ),
    (
        "*.*.state.lamps.otherwise",
        "write the state while no line fits, such as otherwise = \"stopped\"",
    ),
    (
        "*.*.state.lamps.*",
        "write the name of the point that is 1 while it shines",
    ),
    ("*.*.state.map.*", "write the name of a state, such as \"running\""),
    (
        "*.*.state.run",
        "write the name of the point that is 1 while the machine runs",
    ),
    (
        "*.*.count",
        "write count = { shots = \"POINT\", reject = \"POINT\" } (or total, or good, instead of shots)",
    ),
    (
        "*.*.count.cycle_time",
        "write the name of the point that shows the seconds of the last cycle",
    ),
    ("*.*.count.*", "write the name of the point that counts them"),
    (
        "*.*.reject_source",
        "write reject_source = \"counter\", \"manual\" (people enter rejects) or \"none\" (nobody counts them: quality and OEE stay unknown)",
    ),
    ("*.*.values", "write names of points, such as values = [\"barrel_c\"]"),
    ("*.*.values.*", "write the name of a point in quotes"),
    ("*.*.points", "write points.NAME = { modbus = \"holding:0\" }"),
    (
        "*.*.points.*",
        "write { modbus = \"holding:0\", type = \"u16\" } or { mqtt = \"TOPIC\", source = \"BROKER\" }",
    ),
    (
        "*.*.points.*.modbus",
        "write table and 0-based address, such as modbus = \"holding:2\"",
    ),
    (
        "*.*.points.*.mqtt",
        "write the topic, such as mqtt = \"plant/packing/01/counts\"",
    ),
    ("*.*.points.*.source", "write the name of a source"),
    ("*.*.points.*.unit", "write the unit id of the device, such as unit = 1"),
    (
        "*.*.points.*.type",
        "write type = \"u16\", \"i16\", \"u32\", \"i32\", \"f32\" or \"bool\"",
    ),
    (
        "*.*.points.*.order",
        "write order = \"ABCD\", \"BADC\", \"CDAB\" or \"DCBA\"",
    ),
    ("*.*.points.*.bit", "write the bit of the register, 0 (lowest) to 15"),
    ("*.*.points.*.scale", "write the factor, such as scale = 0.1"),
    (
        "*.*.points.*.offset",
        "write what is added after scaling, such as offset = -40.0",
    ),
    (
        "*.*.points.*.range",
        "write lowest and highest value possible, such as range = [1.0, 600.0]",
    ),
    (
        "*.*.points.*.range.*",
        "write lowest and highest value possible, such as range = [1.0, 600.0]",
    ),
    ("*.*.points.*.poll_ms", POLL),
    ("*.*.points.*.json", "write a JSON pointer, such as json = \"/good\""),
    (
        "*.*.points.*.time",
        "write the JSON pointer of the message's own time, such as time = \"/ts\"",
    ),
    ("*.*.points.*.qos", "write qos = 1 (nothing lost) or qos = 0"),
    (
        "*.*.points.*.stale_after_s",
        "write the seconds of silence after which the value is unknown, such as stale_after_s = 120",
    ),
    (
        "*.*.points.*.station",
        "write where on the machine it counts, such as station = \"trim\"",
    ),
    ("*.*.points.*.counter", "write counter = { bits = 32 }, or counter = {}"),
    (
        "*.*.points.*.counter.bits",
        "write the width of the counter, 8 to 64, such as bits = 16",
    ),
    (
        "*.*.points.*.counter.digits",
        "write the decimal digits of the counter, 1 to 18, such as digits = 4",
    ),
    (
        "*.*.points.*.counter.resets",
        "write resets = \"never\", \"power\", \"shift\", \"order\" or { preset = 0 }, or leave it out",
    ),
    (
        "sink.influx.*",
        "write [sink.influx.NAME] with url, org, bucket and token_file",
    ),
    ("sink.influx.*.url", "write url = \"https://tsdb.example.com\""),
    (
        "sink.influx.*.org",
        "write the database's organisation (not the company)",
    ),
    (
        "sink.influx.*.bucket",
        "write the bucket, such as bucket = \"example-co\"",
    ),
    (
        "sink.influx.*.token_file",
        "write the file that holds the token, such as token_file = \"/etc/gemba/influx.token\"",
    ),
    (
        "sink.influx.*.flush_ms",
        "write the milliseconds between two sendings, such as flush_ms = 10000",
    ),
    (
        "sink.influx.*.max_points_per_s",
        "write the most points a second, such as max_points_per_s = 2000",
    ),
    (
        "sink.influx.*.start",
        "write start = \"oldest\" (everything kept) or \"now\"",
    ),
];

const BITS: &str = "write bits = [{ point = \"fault_bit\", is = \"fault\" }, { point = \"auto_bit\", is = \"running\" }], the first that is 1 counts";
const LAMPS: &str = "write lamps = { red = \"POINT\", green = \"POINT\", map = [{ red = \"flashing\", is = \"fault\" }, { green = \"on\", is = \"running\" }], otherwise = \"stopped\" }";
const NAME: &str = "write a name in quotes, or one for each language: { vi = \"Máy ép 01\", en = \"Press 01\" }";
const POLL: &str = "write the milliseconds between two reads, such as poll_ms = 1000";

/// What to write at `path`; empty where nothing is known of it.
pub fn of(path: &KeyPath) -> &'static str {
    let fits = |pattern: &str| {
        let mut want = pattern.split('.');
        path.0
            .iter()
            .all(|have| want.next().is_some_and(|want| want == "*" || want == have))
            && want.next().is_none()
    };
    HINTS
        .iter()
        .chain(calendar::HINTS)
        .chain(work::HINTS)
        .find(|(pattern, _)| fits(pattern))
        .map_or("", |(_, text)| text)
}
