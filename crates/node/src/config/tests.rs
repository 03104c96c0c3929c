//! Tests of the configuration: what it means, what is refused, and where.

use chancery_record::Purpose;

use super::*;

fn parse(text: &str) -> Result<Config, Vec<ConfigFault>> {
    Config::parse(text, Path::new("/node"))
}

const LEAST: &str = "country = \"FR\"\nagency = \"NCB Paris\"\nunit = \"NCB-PARIS\"\n";

#[test]
fn the_sample_states_the_defaults() {
    let sample = parse(SAMPLE).unwrap();
    let least = parse(LEAST).unwrap();
    assert_eq!(sample.store, least.store);
    assert_eq!(sample.log, least.log);
    assert_eq!(sample.limits, least.limits);
    assert_eq!(sample.listen, least.listen);
    assert_eq!(sample.card.certificate_days, least.card.certificate_days);
    assert_eq!(sample.store.path, Path::new("/node/store"));
    assert_eq!(sample.user(1000).unwrap().purposes.len(), Purpose::ALL.len());
    assert!(least.options.iter().all(|option| match option.name.as_str() {
        "country" => option.origin == Origin::Line(1),
        "agency" => option.origin == Origin::Line(2),
        "unit" => option.origin == Origin::Line(3),
        _ => option.origin == Origin::Default,
    }));
    let names = |config: &Config| -> Vec<String> {
        config.options.iter().map(|option| option.name.clone()).filter(|name| !name.starts_with("user")).collect()
    };
    assert_eq!(names(&sample), names(&least));
}

#[test]
fn every_option_of_the_sample_is_documented() {
    let mut above: Vec<&str> = Vec::new();
    let mut in_user = false;
    for line in SAMPLE.lines() {
        if line.starts_with('#') {
            above.push(line);
            continue;
        }
        in_user |= line == "[[user]]";
        if line.contains(" = ") && !in_user {
            let said = above.join(" ");
            assert!(said.contains("efault"), "no default at: {line}");
            assert!(said.contains("restart") || said.contains("card renew"), "nothing on a restart at: {line}");
        }
        above.clear();
    }
}

#[test]
fn what_init_writes_is_the_sample_with_values() {
    let starting = Starting {
        country: "DE".parse().unwrap(),
        agency: "an \"agency\" \\ with signs".into(),
        unit: "BKA".parse().unwrap(),
        addresses: vec!["/ip4/127.0.0.1/tcp/9".parse().unwrap()],
        languages: vec!["de".into()],
        duty_contact: "nobody".into(),
        certificate_days: 90,
        listen: vec!["/ip4/127.0.0.1/tcp/9".parse().unwrap()],
        engine: EngineKind::Sled,
        user_name: "quill".into(),
        uid: 7,
    };
    let text = starting.fill().unwrap();
    let config = parse(&text).unwrap();
    assert_eq!((config.country, &config.agency, &config.unit), (starting.country, &starting.agency, &starting.unit));
    assert_eq!(config.card.addresses, starting.addresses);
    assert_eq!(config.card.certificate_days, 90);
    assert_eq!(config.listen, starting.listen);
    assert_eq!(config.store.engine, EngineKind::Sled);
    let user = config.user(7).unwrap();
    assert!(Role::ALL.into_iter().all(|role| user.is(role)));
    let filled = ["country", "agency", "unit", "addresses", "languages", "duty_contact", "certificate_days", "listen"];
    let filled: Vec<&str> = filled.into_iter().chain(["engine", "name", "uid"]).collect();
    assert_eq!(text.lines().count(), SAMPLE.lines().count());
    for (ours, sample) in text.lines().zip(SAMPLE.lines()) {
        let option = sample.split(" = ").next().unwrap();
        assert!(ours == sample || filled.contains(&option), "{ours}");
    }
}

fn check(text: &str, marked: &str, what: &str) {
    let text = format!("{LEAST}{text}");
    let faults = parse(&text).unwrap_err();
    let fault = &faults[0];
    assert!(fault.what.contains(what), "{}", fault.what);
    assert_eq!(&text[fault.place.clone().unwrap()], marked);
}

#[test]
fn faults_are_shown_at_their_place() {
    check("[store]\nengine = \"postgres\"", "\"postgres\"", "choose `redb` or `sled`");
    check("[store]\ncache_mib = 0", "0", "between 1 and");
    check("[store]\nspeed = 1", "speed", "unknown field `speed`");
    check("[log]\nlevel = \"infos\"", "\"infos\"", "did you mean `info`?");
    check(
        "[network]\nlisten = [\"/ip4/127.0.0.1/tcp/1\", \"/dns4/a.example/tcp/1\"]",
        "\"/dns4/a.example/tcp/1\"",
        "numeric",
    );
    check("[network]\nlisten = [\"here\"]", "\"here\"", "no multiaddr");
    check("[card]\nlanguages = [\"fra\"]", "\"fra\"", "two small letters");
    check("[card]\nduty_contact = \"a\\nb\"", "\"a\\nb\"", "line break");
    check("[card]\ncertificate_days = -1", "-1", "invalid value");
    let user =
        |line: &str| format!("[[user]]\nname = \"quill\"\nuid = 1\nunit = \"A\"\nclearance = \"SECRET\"\n{line}");
    check(&user("roles = [\"analist\"]"), "\"analist\"", "did you mean `analyst`?");
    check(&user("purposes = [\"investigating\"]"), "\"investigating\"", "did you mean `investigation`?");
    check("[[user]]\nname = \"a b\"", "\"a b\"", "letters, digits");
}

#[test]
fn all_faults_are_named_at_once() {
    let faults = parse("country = \"ZZ\"\nunit = \"paris\"\n[store]\npath = \"\"\n").unwrap_err();
    let whats: Vec<&str> = faults.iter().map(|fault| fault.what.as_str()).collect();
    assert_eq!(faults.len(), 4, "{whats:?}");
    assert!(whats[0].contains("`ZZ`") && whats[1].contains("`agency` is missing"), "{whats:?}");
    assert!(whats[2].contains("did you mean `PARIS`?"), "{whats:?}");
}

#[test]
fn one_user_id_is_one_user() {
    let user = |name: &str| {
        format!(
            "[[user]]\nname = \"{name}\"\nuid = 1\nunit = \"A\"\nclearance = \"SECRET\"\npurposes = [\"evidence\"]\n"
        )
    };
    assert_eq!(parse(&format!("{LEAST}{}", user("quill"))).unwrap().users.len(), 1);
    let faults = parse(&format!("{LEAST}{}{}", user("quill"), user("vellum"))).unwrap_err();
    assert!(faults[0].what.contains("user id of `quill`"), "{faults:?}");
}

#[test]
fn the_report_marks_the_line() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("node.toml");
    std::fs::write(&path, format!("{LEAST}[store]\nengine = \"postgres\"\n")).unwrap();
    let failure = Failure::from(Config::load(&path, directory.path()).unwrap_err());
    assert_eq!(failure.exit(), Exit::BadConfiguration);
    let report = failure.report(crate::failure::Paint::Plain);
    assert!(report.contains("engine = \"postgres\"") && report.contains("node.toml:5"), "{report}");
}
