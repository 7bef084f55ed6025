//! The line on the host: whatever its rhythm, no event is lost or changed.

use spikelet_events::format::evt3;
use spikelet_events::{Columns, Encode, Error, Event, SensorSize};
use uart_evt3::{Camera, Uart};

const SIZE: SensorSize = SensorSize {
    width: 320,
    height: 240,
};

/// Rows of neighbours, so that vectors occur as well as single columns.
fn recording() -> Vec<Event> {
    (0..3000u32)
        .map(|i| Event {
            t: (i / 9 * 131) as i64,
            x: (i / 9 * 37 % 300 + i % 9) as u16,
            y: (i / 9 * 53 % 240) as u16,
            p: i / 9 % 3 == 0,
        })
        .collect()
}

fn encoded(events: &[Event]) -> Result<Vec<u8>, Error> {
    let t: Vec<i64> = events.iter().map(|event| event.t).collect();
    let x: Vec<u16> = events.iter().map(|event| event.x).collect();
    let y: Vec<u16> = events.iter().map(|event| event.y).collect();
    let p: Vec<bool> = events.iter().map(|event| event.p).collect();
    let mut bytes = Vec::new();
    let columns = Columns::new(&t, &x, &y, &p)?;
    evt3::Encoder::new(SIZE)?.push(columns, &mut |piece| bytes.extend_from_slice(piece))?;
    Ok(bytes)
}

#[test]
fn every_rhythm_of_the_line_gives_the_same_events() -> Result<(), Error> {
    let events = recording();
    let bytes = encoded(&events)?;
    for burst in [1, 2, 3, 31] {
        let mut uart: Uart<31> = Uart::new();
        let mut camera = Camera::new();
        let mut received = Vec::new();
        for piece in bytes.chunks(burst) {
            for &byte in piece {
                uart.receive(byte);
            }
            camera.poll(&mut uart, |event| received.push(event));
        }
        assert_eq!((received, uart.lost()), (events.clone(), 0));
    }
    Ok(())
}

#[test]
fn a_loop_that_is_too_slow_loses_bytes_and_knows_it() -> Result<(), Error> {
    let bytes = encoded(&recording())?;
    let mut uart: Uart<100> = Uart::new();
    for &byte in &bytes {
        uart.receive(byte);
    }
    assert_eq!(uart.lost() as usize, bytes.len() - 100);
    Ok(())
}
