//! What the network lets through at the moment.

use std::io::Write;
use std::process::{Command, Stdio};

use super::ground::{Ground, done, said};
use super::schedule::Fault;

/// The faults of links that last at the moment; each change is worked out from all of them, so that they may overlap.
pub struct Weather<'a> {
    ground: &'a Ground,
    lasting: Vec<Fault>,
}

impl<'a> Weather<'a> {
    pub fn calm(ground: &'a Ground) -> Self {
        Self { ground, lasting: Vec::new() }
    }

    pub fn begin(&mut self, fault: &Fault) {
        self.lasting.push(fault.clone());
        self.apply(fault);
    }

    pub fn end(&mut self, fault: &Fault) {
        let at = self.lasting.iter().position(|known| known == fault).unwrap();
        self.lasting.remove(at);
        self.apply(fault);
    }

    fn apply(&self, changed: &Fault) {
        match changed {
            Fault::Cut(one, other) | Fault::Loss(one, other, _) => {
                self.filter(one);
                self.filter(other);
            }
            Fault::OneWay(_, to) | Fault::NoUdp(to) => self.filter(to),
            Fault::Down(country) => {
                let to = if self.lasts(changed) { "down" } else { "up" };
                done(&format!("ip -n {} link set eth0 {to}", self.ground.namespace(country)));
            }
            Fault::Narrow(country) => {
                let namespace = self.ground.namespace(country);
                if self.lasts(changed) {
                    done(&format!(
                        "tc -n {namespace} qdisc replace dev eth0 root tbf rate 1mbit burst 32kb latency 400ms"
                    ));
                } else {
                    done(&format!("tc -n {namespace} qdisc del dev eth0 root"));
                }
            }
            other => panic!("{other} is no fault of a link"),
        }
    }

    fn lasts(&self, fault: &Fault) -> bool {
        self.lasting.contains(fault)
    }

    /// Has the kernel drop what must not reach a country.
    fn filter(&self, country: &str) {
        let mut rules = String::new();
        for fault in &self.lasting {
            let rule = match fault {
                Fault::Cut(one, other) if other == country => format!("ip saddr {} drop", self.ground.address(one)),
                Fault::Cut(one, other) if one == country => format!("ip saddr {} drop", self.ground.address(other)),
                Fault::OneWay(from, to) if to == country => format!("ip saddr {} drop", self.ground.address(from)),
                Fault::Loss(one, other, percent) if [one, other].iter().any(|party| *party == country) => {
                    let from = if one == country { other } else { one };
                    format!("ip saddr {} numgen random mod 100 < {percent} drop", self.ground.address(from))
                }
                Fault::NoUdp(to) if to == country => "ip protocol udp drop".to_owned(),
                _ => continue,
            };
            rules.push_str(&rule);
            rules.push('\n');
        }
        let text = format!(
            "add table ip faults\ndelete table ip faults\ntable ip faults {{\nchain incoming {{\n\
             type filter hook input priority 0; policy accept;\n{rules}}}\n}}\n"
        );
        let namespace = self.ground.namespace(country);
        let mut command = Command::new("ip");
        command.args(["netns", "exec", &namespace, "nft", "-f", "-"]).stdin(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        child.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
        said(&text, child.wait_with_output().unwrap()).unwrap();
    }
}
