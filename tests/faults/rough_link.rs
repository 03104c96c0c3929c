//! A link between two nodes that delays, repeats and reorders what it carries.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap};
use std::process::Command;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use tun_rs::{DeviceBuilder, SyncDevice};

use super::chance::Chance;
use super::ground::{Ground, device_name, done, tool};
use super::listener::{Listener, Packet, packets};
use crate::network::eventually;

/// Two tunnel devices, one in each node's namespace, over which the nodes reach each other and nobody else; threads of
/// this process carry the packets from one to the other. It stands in for `netem`, which not every kernel has.
pub struct RoughLink {
    ends: [(String, String); 2],
    character: Arc<Mutex<Character>>,
    carried: Arc<Carried>,
}

/// How a link treats its packets. Where the delay varies by more than the time between packets, they overtake each other.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Character {
    pub delay_ms: u64,
    pub jitter_ms: u64,
    pub repeated_percent: u64,
}

/// What a link has done so far.
#[derive(Debug, Default)]
pub struct Carried {
    pub packets: AtomicU64,
    pub repeated: AtomicU64,
    pub overtaken: AtomicU64,
}

/// A packet on its way, by when it is due.
type Waiting = Reverse<(Instant, u64, Vec<u8>)>;

impl RoughLink {
    /// A link that is smooth at first.
    pub fn between(ground: &Ground, one: &str, other: &str, chance: &Chance) -> Self {
        let parties = [one, other];
        let ends = parties.map(|country| (ground.namespace(country), device_name()));
        let devices =
            ends.each_ref().map(|(_, device)| Arc::new(DeviceBuilder::new().name(device).build_sync().unwrap()));
        for (at, (namespace, device)) in ends.iter().enumerate() {
            let (here, there) = (ground.address(parties[at]), ground.address(parties[1 - at]));
            done(&format!("ip link set {device} netns {namespace}"));
            done(&format!("ip -n {namespace} link set {device} mtu 1500 up"));
            done(&format!("ip -n {namespace} route add {there}/32 dev {device} src {here}"));
        }
        let character = Arc::new(Mutex::new(Character::default()));
        let carried = Arc::new(Carried::default());
        for at in 0..2 {
            let (from, to) = (Arc::clone(&devices[at]), Arc::clone(&devices[1 - at]));
            let (waiting, queue) = sync_channel(PACKETS_WAITING_MAX);
            let reader = Reader {
                character: Arc::clone(&character),
                chance: chance.part(at as u64),
                carried: Arc::clone(&carried),
            };
            thread::spawn(move || reader.read(&from, &waiting));
            let carried = Arc::clone(&carried);
            thread::spawn(move || deliver(&queue, &to, &carried));
        }
        Self { ends, character, carried }
    }

    pub fn become_like(&self, character: Character) {
        *self.character.lock().unwrap() = character;
    }

    /// The device at the end of the first, and at that of the second.
    pub fn devices(&self) -> [&str; 2] {
        self.ends.each_ref().map(|(_, device)| device.as_str())
    }

    pub fn carried(&self) -> &Carried {
        &self.carried
    }
}

impl Drop for RoughLink {
    /// The threads end once their devices are gone.
    fn drop(&mut self) {
        for (namespace, device) in &self.ends {
            let _ = tool(&format!("ip -n {namespace} link del {device}"));
        }
    }
}

struct Reader {
    character: Arc<Mutex<Character>>,
    chance: Chance,
    carried: Arc<Carried>,
}

impl Reader {
    /// Reads packets until the device is gone. One that finds no room is lost, as in any router.
    fn read(mut self, from: &SyncDevice, waiting: &SyncSender<Waiting>) {
        let mut buffer = vec![0; PACKET_BYTES_MAX];
        for number in 0.. {
            let Ok(length) = from.recv(&mut buffer) else { return };
            let character = *self.character.lock().unwrap();
            let copies = if self.chance.percent(character.repeated_percent) { 2 } else { 1 };
            for _ in 0..copies {
                let delay = character.delay_ms * 1000 + self.chance.within(0..character.jitter_ms * 1000 + 1);
                let due = Instant::now() + Duration::from_micros(delay);
                let _ = waiting.try_send(Reverse((due, number, buffer[..length].to_vec())));
            }
            self.carried.packets.fetch_add(1, Ordering::Relaxed);
            self.carried.repeated.fetch_add(copies - 1, Ordering::Relaxed);
        }
    }
}

/// Hands on each packet when it is due.
fn deliver(queue: &Receiver<Waiting>, to: &SyncDevice, carried: &Carried) {
    let mut held: BinaryHeap<Waiting> = BinaryHeap::new();
    let mut latest = 0;
    loop {
        let until_due = held.peek().map(|Reverse((due, ..))| due.saturating_duration_since(Instant::now()));
        let arrived = match until_due {
            Some(Duration::ZERO) => Err(RecvTimeoutError::Timeout),
            Some(time) => queue.recv_timeout(time),
            None => queue.recv().map_err(|_| RecvTimeoutError::Disconnected),
        };
        match arrived {
            Ok(packet) => held.push(packet),
            Err(RecvTimeoutError::Disconnected) => return,
            Err(RecvTimeoutError::Timeout) => {
                let Some(Reverse((_, number, packet))) = held.pop() else { continue };
                carried.overtaken.fetch_add(u64::from(number < latest), Ordering::Relaxed);
                latest = latest.max(number);
                // The other end may be down for now, or gone; the reader ends this thread.
                let _ = to.send(&packet);
            }
        }
    }
}

/// More than 400 ms of a link of 100 Mbit/s.
const PACKETS_WAITING_MAX: usize = 4096;
const PACKET_BYTES_MAX: usize = 65_536;

#[test]
fn packets_come_late_twice_and_out_of_order_and_none_is_lost() {
    if let Some(lacking) = Ground::lacking().or_else(Listener::lacking) {
        println!("skipped: a link that delays, repeats and reorders ({lacking})");
        return;
    }
    let place = tempfile::tempdir().unwrap();
    let ground = Ground::of(&["FR".to_owned(), "DE".to_owned()]);
    let link = RoughLink::between(&ground, "FR", "DE", &Chance::of(1));
    let character = Character { delay_ms: 100, jitter_ms: 50, repeated_percent: 20 };
    link.become_like(character);
    let [near, far] = link.devices();
    let at_france = Listener::start(&ground, "FR", near, &place.path().join("near"));
    let at_germany = Listener::start(&ground, "DE", far, &place.path().join("far"));
    let words = format!("for number in {{1..{SENT}}}; do echo $number >/dev/udp/{}/9; done", ground.address("DE"));
    assert!(ground.inside("FR", Command::new("bash").args(["-c", &words])).status().unwrap().success());
    let come = || numbered(&at_germany.heard()).into_iter().map(|(number, _)| number).collect::<BTreeSet<u32>>();
    eventually("every packet to come", || (come().len() == SENT).then_some(()));
    let (sent, come) = (numbered(&at_france.stop()), numbered(&at_germany.stop()));
    let first_sent: BTreeMap<u32, Duration> = sent.iter().map(|(number, at)| (*number, *at)).collect();
    let numbers: BTreeSet<u32> = come.iter().map(|(number, _)| *number).collect();
    assert_eq!((first_sent.len(), numbers.len()), (SENT, SENT), "none is lost, none is made up");
    let repeated = come.len() - numbers.len();
    assert!((SENT / 10..SENT / 3).contains(&repeated), "{repeated} of {SENT} came twice");
    assert!(come.windows(2).any(|pair| pair[0].0 > pair[1].0), "none overtook another");
    let least = come.iter().map(|(number, at)| at.saturating_sub(first_sent[number])).min().unwrap();
    assert!(least >= Duration::from_millis(character.delay_ms), "one was under way for {least:?} only");
}

/// The numbers that were sent in the clear, with their moments.
fn numbered(capture: &[u8]) -> Vec<(u32, Duration)> {
    let number = |packet: &Packet| std::str::from_utf8(packet.bytes.get(HEADER_BYTES..)?).ok()?.trim().parse().ok();
    packets(capture).iter().filter_map(|packet| Some((number(packet)?, packet.at))).collect()
}

/// IPv4 without options, then UDP.
const HEADER_BYTES: usize = 28;
const SENT: usize = 200;
