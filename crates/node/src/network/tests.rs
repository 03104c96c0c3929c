//! Tests of the driver over real sockets on the loopback interface.

mod admission;
mod exchange;
mod harness;
mod proxy;
mod raw;
mod reconnect;
mod stalls;
mod wire;
