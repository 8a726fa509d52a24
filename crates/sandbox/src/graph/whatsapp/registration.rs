//! How a number comes to send and receive: the code by SMS or call, then registration with a PIN (§3.8, §6.4).

use super::{MANAGE, MESSAGE, check_product, number_with};
use crate::graph::Outcome;
use crate::graph::auth::Caller;
use crate::graph::error::GraphError;
use crate::graph::request::Call;
use crate::world::{Number, World};
use serde_json::json;

/// The number of wrong PINs that are accepted before the lockout.
const PIN_TRIES: u32 = 5;

fn number<'w>(
    world: &'w mut World,
    caller: &Caller,
    id: &str,
    permission: &str,
) -> Result<&'w mut Number, GraphError> {
    number_with(world, caller, id, "POST", permission)?;
    world.numbers.get_mut(id).ok_or_else(|| GraphError::unknown_object("POST", id))
}

/// `POST /{phone-number-id}/request_code`: the sandbox shows the code on its dashboard.
pub fn request_code(world: &mut World, call: &Call, caller: &Caller, id: &str) -> Outcome {
    let code = format!("{:06}", 100_000 + world.next() * 7_919 % 900_000);
    let number = number(world, caller, id, MANAGE)?;
    let kind = call.text("code_method").ok_or_else(|| GraphError::required("code_method"))?;
    if !matches!(kind.as_str(), "SMS" | "VOICE") {
        return Err(GraphError::parameter(format_args!(
            "Param code_method must be one of {{SMS, VOICE}} - got \"{kind}\"."
        )));
    }
    call.text("language").ok_or_else(|| GraphError::required("language"))?;
    if number.seed.verified {
        let details = "The phone number is already verified.";
        return Err(GraphError::whatsapp(136_024, "Request code error", details));
    }
    number.code = Some(code);
    Ok(json!({"success": true}))
}

/// `POST /{phone-number-id}/verify_code`.
pub fn verify_code(world: &mut World, call: &Call, caller: &Caller, id: &str) -> Outcome {
    let number = number(world, caller, id, MANAGE)?;
    let code = call.text("code").ok_or_else(|| GraphError::required("code"))?;
    if number.code.as_deref() != Some(code.as_str()) {
        let details = "The code is not the one that was sent, or none was requested.";
        return Err(GraphError::whatsapp(136_025, "Verify code error", details));
    }
    number.code = None;
    number.seed.verified = true;
    Ok(json!({"success": true}))
}

/// `POST /{phone-number-id}/register {messaging_product,pin}`: the first PIN sets two-step verification, later ones
/// must match it.
pub fn register(world: &mut World, call: &Call, caller: &Caller, id: &str) -> Outcome {
    let number = number(world, caller, id, MESSAGE)?;
    check_product(call)?;
    let pin = call.text("pin").ok_or_else(|| GraphError::required("pin"))?;
    if pin.len() != 6 || !pin.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(GraphError::parameter("Param pin must be a 6-digit number."));
    }
    if !number.seed.verified {
        let details = "The phone number must be verified before it is registered.";
        return Err(GraphError::whatsapp(
            133_006,
            "Phone number needs to be verified before registering",
            details,
        ));
    }
    if number.pin_failures >= PIN_TRIES {
        let details = "Two-step verification PIN was guessed too often. Try again later.";
        return Err(GraphError::whatsapp(133_008, "Too Many two step verification PIN Guesses", details));
    }
    if number.seed.pin.as_ref().is_some_and(|own| *own != pin) {
        number.pin_failures += 1;
        let details = "The two-step verification PIN does not match.";
        return Err(GraphError::whatsapp(133_005, "Two step verification PIN Mismatch", details));
    }
    number.pin_failures = 0;
    number.seed.pin = Some(pin);
    number.seed.registered = true;
    Ok(json!({"success": true}))
}

/// `POST /{phone-number-id}/deregister`.
pub fn deregister(world: &mut World, caller: &Caller, id: &str) -> Outcome {
    let number = number(world, caller, id, MESSAGE)?;
    if !number.seed.registered {
        return Err(not_registered());
    }
    number.seed.registered = false;
    Ok(json!({"success": true}))
}

/// 133010: the number cannot send.
pub fn not_registered() -> GraphError {
    GraphError::whatsapp(133_010, "Account not registered", "Register the phone number before it sends messages.")
}
