// The part of mailparser 3.9 that the tests use; the package has no types of its own.
declare module "mailparser" {
  export interface AddressObject {
    readonly value: readonly { readonly name: string; readonly address?: string }[];
    readonly text: string;
  }
  export interface ParsedMail {
    readonly headers: ReadonlyMap<string, unknown>;
    readonly headerLines: readonly { readonly key: string; readonly line: string }[];
    readonly subject?: string;
    readonly from?: AddressObject;
    readonly to?: AddressObject | readonly AddressObject[];
    readonly messageId?: string;
    readonly date?: Date;
    readonly text?: string;
    readonly html: string | false;
    readonly attachments: readonly unknown[];
  }
  export function simpleParser(source: Buffer, options?: { skipHtmlToText?: boolean }): Promise<ParsedMail>;
}
