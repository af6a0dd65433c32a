/** Whether a document is that of a step: its name as CloudFormation makes it holds its construct's, `…PrepareSourceDocument…` for `prepare-source`. */
export function isDocumentOf(documentName: string, step: string): boolean {
  return documentName.includes(`${step.split('-').map(word => word[0]!.toUpperCase() + word.slice(1)).join('')}Document`);
}
