/** The browser's own dialogue about passkeys, from the appliance's JSON and back to it. */

/** Browsers bind a passkey to a name, and offer none at an IP address. */
const IP_ADDRESS = /^(\d+(\.\d+){3}|\[.*\])$/;

export const hasPasskeys = "PublicKeyCredential" in globalThis && !IP_ADDRESS.test(location.hostname);

/** Null: the person has closed the dialogue, or no key fitted. */
export async function sign(options: PublicKeyCredentialRequestOptionsJSON): Promise<unknown> {
  const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(options);
  return answerOf(await quietly(navigator.credentials.get({ publicKey })));
}

export async function make(options: PublicKeyCredentialCreationOptionsJSON): Promise<unknown> {
  const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(options);
  return answerOf(await quietly(navigator.credentials.create({ publicKey })));
}

async function quietly(asked: Promise<Credential | null>): Promise<Credential | null> {
  try {
    return await asked;
  } catch (error) {
    if (error instanceof DOMException) return null;
    throw error;
  }
}

function answerOf(made: Credential | null): unknown {
  return made instanceof PublicKeyCredential ? made.toJSON() : null;
}
