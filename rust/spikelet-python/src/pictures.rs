//! Pictures in compressed form, over numpy arrays.

use numpy::PyReadonlyArray1;
use pyo3::prelude::*;
use pyo3::types::PyBytes;
use spikelet_frames::gif_image_data;

use crate::array::contiguous;

/// Adds this file's functions to the module.
pub(crate) fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_function(wrap_pyfunction!(gif_frame, module)?)
}

/// Colours below `1 << bits` as the image data of a GIF frame.
#[pyfunction(name = "gif_image_data")]
#[allow(clippy::needless_pass_by_value, reason = "what PyO3 hands over")]
fn gif_frame<'py>(
    py: Python<'py>,
    pixels: PyReadonlyArray1<'py, u8>,
    bits: u32,
) -> PyResult<Bound<'py, PyBytes>> {
    let colours = contiguous("pixels", &pixels)?;
    let data = py.detach(|| gif_image_data(colours, bits));
    Ok(PyBytes::new(py, &data))
}
