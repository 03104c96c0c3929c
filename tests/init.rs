//! Making a node, and what is said where none can be made.

use std::os::unix::fs::PermissionsExt;
use std::time::Instant;

use crate::program::{Place, files, words};

#[test]
fn a_node_is_made_with_everything_it_needs() {
    let place = Place::new();
    std::fs::write(place.path("secret.txt"), "a sentence nobody guesses\n").unwrap();
    std::fs::set_permissions(place.path("secret.txt"), std::fs::Permissions::from_mode(0o600)).unwrap();
    let began = Instant::now();
    let made = place.json("init --country FR --agency 'NCB Paris' --dir fr --passphrase-file secret.txt");
    let took = began.elapsed();
    assert_eq!(made["schema"], "chancery/node/1");
    assert_eq!(made["unit"], "NCB-PARIS");
    assert_eq!(made["fingerprint"].as_str().unwrap().split(' ').count(), 12);
    assert!(made["peer"].as_str().unwrap().starts_with("12D3KooW"));
    let root = place.path("fr");
    assert_eq!(std::fs::metadata(&root).unwrap().permissions().mode() & 0o777, 0o700);
    let files = files(&root);
    let names: Vec<String> =
        files.iter().map(|(path, ..)| path.strip_prefix(&root).unwrap().display().to_string()).collect();
    let expected = [
        "card.chancery",
        "keys/country.age",
        "keys/country.pub",
        "keys/record.key",
        "keys/successor.age",
        "keys/successor.pub",
        "keys/transport.key",
        "node.toml",
    ];
    assert_eq!(names, expected);
    for (path, mode, content) in &files {
        let secret = path.extension().is_some_and(|ending| ending == "key" || ending == "age");
        assert_eq!(*mode, if secret { 0o600 } else { 0o644 }, "{}", path.display());
        let sealed = path.extension().is_some_and(|ending| ending == "age");
        assert_eq!(sealed, content.starts_with(b"age-encryption.org/v1"), "{}", path.display());
    }
    place.done("config check --dir fr");
    assert!(took.as_secs() < 30, "init took {took:?}");
}

#[test]
fn a_directory_with_something_in_it_is_left_alone() {
    let place = Place::new();
    place.node("FR", "NCB Paris", "fr");
    let before = files(&place.path("fr"));
    let line = "init --country DE --agency BKA --dir fr --no-passphrase";
    place.refused(line, 1, &["the directory `fr` is not empty", "choose another directory"]);
    assert_eq!(files(&place.path("fr")), before);
    std::fs::write(place.path("file"), "").unwrap();
    place.refused("init --country DE --agency BKA --dir file --no-passphrase", 1, &["`file` is not a directory"]);
}

#[test]
fn what_cannot_be_asked_is_said() {
    let place = Place::new();
    let said = ["needs a passphrase", "no terminal", "--passphrase-file", "--no-passphrase"];
    place.refused("init --country FR --agency 'NCB Paris' --dir fr", 2, &said);
    assert!(!place.path("fr").exists(), "nothing is made before everything is known");
    place.refused("init --country FR --agency 'NCB Paris' --no-passphrase", 2, &["--dir DIR"]);
    place.refused("init --country XX --agency 'NCB Paris' --dir fr --no-passphrase", 2, &["`XX` is no ISO 3166-1"]);
    place.refused("init --country FR --agency '警察' --dir fr --no-passphrase", 2, &["--unit UNIT"]);
    let line = "init --country FR --agency NCB --dir fr --no-passphrase --listen /dns4/a.example/tcp/1";
    place.refused(line, 2, &["numeric"]);
    std::fs::write(place.path("empty"), "\n").unwrap();
    place.refused("init --country FR --agency NCB --dir fr --passphrase-file empty", 2, &["the first line of `empty`"]);
    assert!(!place.path("fr").exists());
}

#[test]
fn the_limit_of_sled_is_said() {
    let place = Place::new();
    let run = place.done("init --country FR --agency NCB --dir fr --no-passphrase --engine sled --quiet");
    assert!(run.flat_stderr().contains("not for certain the loss of power"), "{}", run.stderr);
    let text = std::fs::read_to_string(place.path("fr/node.toml")).unwrap();
    assert!(text.contains("engine = \"sled\"") && text.contains("the death of the process"), "{text}");
    let doctor = place.run("doctor --dir fr");
    assert!(doctor.stdout.contains("not for certain the loss of power"), "{}", doctor.stdout);
}

#[test]
fn a_failed_init_leaves_nothing_behind() {
    let place = Place::new();
    // An agency longer than a card may hold is refused by the configuration's own rules, before anything is written.
    let agency = "x".repeat(300);
    let line = format!("init --country FR --agency {agency} --unit X --dir fr --no-passphrase");
    place.refused(&line, 2, &["longer than 256 bytes"]);
    assert!(!place.path("fr").exists());
    // A directory in a place that cannot be written to.
    std::fs::write(place.path("taken"), "").unwrap();
    place.refused("init --country FR --agency NCB --dir taken/fr --no-passphrase", 1, &["removed"]);
}

#[test]
fn what_a_killed_init_left_is_in_nobodys_way() {
    let place = Place::new();
    std::fs::write(place.path("secret"), "a sentence nobody guesses\n").unwrap();
    let line = words("init --country FR --agency NCB --dir fr --passphrase-file secret");
    let mut killed = 0;
    for names in
        [&["init.unfinished"][..], &["keys"], &["keys/country.age"], &["keys/successor.pub"], &["card.chancery"]]
    {
        let mut init = place.command(&line);
        let mut init = init.stdout(std::process::Stdio::null()).stderr(std::process::Stdio::null()).spawn().unwrap();
        let begun = || names.iter().all(|name| place.path("fr").join(name).exists());
        while !begun() && init.try_wait().unwrap().is_none() {
            std::hint::spin_loop();
        }
        init.kill().unwrap();
        init.wait().unwrap();
        if place.path("fr/node.toml").exists() {
            std::fs::remove_dir_all(place.path("fr")).unwrap();
        } else {
            killed += usize::from(place.path("fr").exists());
        }
    }
    assert!(killed > 0, "every init was done before it was killed");
    let made = place.run_words(&line);
    assert_eq!(made.code, 0, "{}", made.stderr);
    place.done("config check --dir fr");
    let names: Vec<String> = files(&place.path("fr")).iter().map(|(path, ..)| path.display().to_string()).collect();
    assert!(!names.iter().any(|name| name.contains("unfinished")), "{names:?}");
    place.refused("init --country FR --agency NCB --dir fr --no-passphrase", 1, &["is not empty"]);
}

#[test]
fn help_and_usage_end_as_they_should() {
    let place = Place::new();
    let help = place.done("--help");
    for command in ["init", "card", "key", "config", "doctor", "completions", "man"] {
        assert!(help.stdout.contains(&format!("\n  {command} ")), "{command} is not in\n{}", help.stdout);
    }
    assert!(help.stderr.is_empty());
    assert!(place.done("--version").stdout.starts_with("chancery "));
    let wrong = place.refused("initt", 2, &["init"]);
    assert!(wrong.stdout.is_empty());
    place.refused("card list", 2, &["which node?", "CHANCERY_DIR"]);
    place.refused("card list --dir nowhere", 1, &["there is no directory `nowhere`"]);
    std::fs::create_dir(place.path("plain")).unwrap();
    place.refused("card list --dir plain", 1, &["is not the directory of a node"]);
}

#[test]
fn the_directory_may_come_from_the_environment_or_from_where_one_is() {
    let place = Place::new();
    place.node("FR", "NCB Paris", "fr");
    let root = place.path("fr");
    let run = place.run_with(&words("config check"), |command| {
        command.env("CHANCERY_DIR", &root);
    });
    assert_eq!(run.code, 0, "{}", run.stderr);
    let run = place.run_with(&words("config check"), |command| {
        command.current_dir(&root);
    });
    assert_eq!(run.code, 0, "{}", run.stderr);
}

#[test]
fn a_configuration_that_is_wrong_ends_with_78() {
    let place = Place::new();
    place.node("FR", "NCB Paris", "fr");
    let path = place.path("fr/node.toml");
    let text = std::fs::read_to_string(&path).unwrap();
    let broken = text.replace("engine = \"redb\"", "engine = \"postgres\"").replace("level = \"info\"", "level = 3");
    std::fs::write(&path, &broken).unwrap();
    let said = ["node.toml:", "level = 3", "expected a string"];
    place.refused("config check --dir fr", 78, &said);
    std::fs::write(&path, text.replace("engine = \"redb\"", "engine = \"postgres\"")).unwrap();
    let run =
        place.refused("config check --dir fr --no-color", 78, &["engine = \"postgres\"", "choose `redb` or `sled`"]);
    assert!(!run.stderr.contains('\u{1b}'), "{:?}", run.stderr);
    std::fs::remove_file(&path).unwrap();
}

#[test]
fn the_configuration_says_where_its_values_come_from() {
    let place = Place::new();
    place.node("FR", "NCB Paris", "fr");
    let path = place.path("fr/node.toml");
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, text.replace("cache_mib = 64\n", "")).unwrap();
    let shown = place.json("config show --origin --dir fr");
    let find = |name: &str| {
        let items = shown["items"].as_array().unwrap();
        items.iter().find(|item| item["name"] == name).unwrap_or_else(|| panic!("{name} in {shown}")).clone()
    };
    assert_eq!(find("store.cache_mib")["origin"], "default");
    assert_eq!(find("store.cache_mib")["value"], "64");
    let line = find("country")["origin"]["line"].as_u64().unwrap() as usize;
    assert_eq!(text.lines().nth(line - 1).unwrap(), "country = \"FR\"");
    let csv = place.done("config show --dir fr --format csv").stdout;
    assert!(csv.starts_with("option,value\ncountry,FR\n"), "{csv}");
}

#[test]
fn the_manual_and_completions_are_written() {
    let place = Place::new();
    assert!(place.done("man").stdout.contains(".TH chancery"));
    place.done("man --out pages");
    for page in ["chancery.1", "chancery-key-rotate.1", "chancery-card-import.1"] {
        assert!(place.path("pages").join(page).exists(), "{page}");
    }
    for shell in ["bash", "zsh", "fish"] {
        assert!(place.done(&format!("completions {shell}")).stdout.contains("chancery"), "{shell}");
    }
}
