// Evaluates IAM requests with @cloud-copilot/iam-simulate: JSON on stdin, JSON on stdout.
//
// In:  {documents: [policy document], requests: [...]}; a request names each of its policies as
//      [name, number of the document]. tests/iam/simulator.py writes it and says what it means.
// Out: a verdict for each request, in their order. A request that cannot be evaluated as it was
//      meant has the result "Error" and says why.

import { readFileSync } from 'node:fs'

import {
  createValidatedPolicy,
  validateIdentityPolicy,
  validateResourceControlPolicy,
  validateResourcePolicy,
  validateServiceControlPolicy,
  validateSessionPolicy,
  validateTrustPolicy
} from '@cloud-copilot/iam-policy'
import {
  isConditionKeyArray,
  isWildcardOnlyAction,
  runSimulation,
  typeForContextKey
} from '@cloud-copilot/iam-simulate'

const WHAT_IS_WRONG = {
  'invalid.action': 'there is no such action',
  'invalid.service': 'there is no such service',
  'must.use.wildcard': 'the action knows no resource; pass "*"',
  'no.resource.types': 'the action knows no resource of that kind',
  'multiple.resource.types': 'the action knows several kinds of resource with such an ARN'
}

class Mistake extends Error {}

const { documents, requests } = JSON.parse(readFileSync(0, 'utf8'))

async function evaluate(request) {
  const { action, resource } = request
  await refuseManyResources(action, resource)
  await refuseListsForOneValue(request.context)
  const session = request.session.map((one) => policy(one, validateSessionPolicy))
  const { context, resourcePolicy, original } = translated(request)
  const answer = await runSimulation(
    {
      request: {
        principal: request.principal,
        action,
        resource: { resource, accountId: request.resource_account },
        contextVariables: context
      },
      identityPolicies: request.identity.map((one) => policy(one, validateIdentityPolicy)),
      permissionBoundaryPolicies:
        request.boundary === null ? undefined : [policy(request.boundary, validateIdentityPolicy)],
      serviceControlPolicies: request.scps.map(([node, policies]) => ({
        orgIdentifier: node,
        policies: policies.map((one) => policy(one, validateServiceControlPolicy))
      })),
      resourceControlPolicies: request.rcps.map(([node, policies]) => ({
        orgIdentifier: node,
        policies: policies.map((one) => policy(one, validateResourceControlPolicy))
      })),
      resourcePolicy: resourcePolicy?.policy,
      sessionPolicy: united(session)
    },
    {}
  )
  if (answer.resultType === 'error') {
    const { message, ...rest } = answer.errors
    throw new Mistake(
      `${action} on ${resource}: ${WHAT_IS_WRONG[message] ?? message + ' ' + JSON.stringify(rest)}`
    )
  }
  const { analysis, ignoredContextKeys } = answer.result
  if (ignoredContextKeys.length > 0) {
    const ignored = ignoredContextKeys.map((key) => original.get(key) ?? key)
    return {
      ...EMPTY,
      ignored_context_keys: ignored,
      error: `${action} on ${resource} has no such context keys: ${ignored.join(', ')}`
    }
  }
  return verdict(analysis, request, session)
}

// Each document is validated once for each kind of policy that it serves as.
const validated = new Map()

function policy([name, number], validate) {
  const key = `${validate.name} ${number}`
  if (!validated.has(key)) {
    validated.set(key, createValidatedPolicy(documents[number], validate))
  }
  const found = validated.get(key)
  if (found.errors.length > 0) {
    const errors = found.errors.map(({ path, message }) => `${path}: ${message}`)
    throw new Mistake(`the policy "${name}" is not valid: ${errors.join('; ')}`)
  }
  return { name, policy: found }
}

// With "*" the simulator allows a request if any resource that a policy names is allowed.
async function refuseManyResources(action, resource) {
  if (!resource.includes('*')) return
  let onNoResource = true
  try {
    onNoResource = await isWildcardOnlyAction(...action.split(':'))
  } catch {
    // The simulation says that there is no such action.
  }
  if (!onNoResource) {
    throw new Mistake(`${action} is done to a resource; name one, without "*" (given: ${resource})`)
  }
}

// The simulator would take the first value and be silent about the others.
async function refuseListsForOneValue(context) {
  for (const [key, value] of Object.entries(context)) {
    if (!Array.isArray(value)) continue
    let type = 'ArrayOfString'
    try {
      type = await typeForContextKey(key)
    } catch {
      // The simulation says that there is no such key.
    }
    if (!isConditionKeyArray(type)) {
      throw new Mistake(`the context key ${key} has one value, given a list: ${value.join(', ')}`)
    }
  }
}

// What the simulator's data has no key for: the claims of an identity provider that AWS's list of
// actions does not mention, GitHub's "sub" and "aud" among them. They are evaluated as Google's,
// which are the same claims: reference_policies_iam-condition-keys.html#condition-keys-wif
const CLAIMS = { aud: 'accounts.google.com:aud', sub: 'accounts.google.com:sub' }
const translations = new Map()

function translated({ principal, context, resource_policy: named, action }) {
  const original = new Map()
  if (named === null) return { context, original }
  const trust = action.toLowerCase().startsWith('sts:assumerole')
  const resourcePolicy = policy(named, trust ? validateTrustPolicy : validateResourcePolicy)
  const provider = /:oidc-provider\/(.+)$/.exec(principal)?.[1]
  if (provider === undefined) return { context, resourcePolicy, original }
  const claims = Object.entries(CLAIMS).map(([claim, known]) => [`${provider}:${claim}`, known])
  const ours = (key) =>
    claims.find(([theirs]) => theirs.toLowerCase() === key.toLowerCase())?.[1] ?? key
  const key = `${provider} ${named[1]}`
  if (!translations.has(key)) {
    const document = renamed(documents[named[1]], ours)
    translations.set(key, createValidatedPolicy(document, validateTrustPolicy))
  }
  const changed = {}
  for (const [name, value] of Object.entries(context)) {
    original.set(ours(name), name)
    changed[ours(name)] = value
  }
  return {
    context: changed,
    resourcePolicy: { name: named[0], policy: translations.get(key) },
    original
  }
}

function renamed(document, name) {
  const keys = (object, change) =>
    Object.fromEntries(Object.entries(object).map(([key, value]) => change(key, value)))
  const statement = (one) =>
    one.Condition
      ? {
          ...one,
          Condition: keys(one.Condition, (operator, tests) => [
            operator,
            keys(tests, (key, values) => [name(key), values])
          ])
        }
      : one
  return { ...document, Statement: [document.Statement].flat().map(statement) }
}

// A session's policies allow what any of them allows; the simulator takes one policy.
function united(session) {
  if (session.length === 0) return undefined
  const statements = session.flatMap(({ policy }) =>
    [policy.policyDocument.Statement].flat().map(({ Sid: _, ...statement }) => statement)
  )
  return createValidatedPolicy({ Version: '2012-10-17', Statement: statements }, () => [])
}

function ofSession(session, index) {
  let first = 1
  for (const { name, policy } of session) {
    const statements = [policy.policyDocument.Statement].flat()
    if (index < first + statements.length) {
      return [name, statements[index - first].Sid ?? String(index - first + 1)]
    }
    first += statements.length
  }
}

const EMPTY = {
  result: 'Error',
  denied_by: [],
  allowed_by: [],
  missing_allow: [],
  ignored_context_keys: [],
  error: ''
}

function verdict(analysis, request, session) {
  const reason = ({ policyId, statement }) => [policyId, statement.sid() ?? String(statement.index())]
  const layers = [
    ...(analysis.scpAnalysis?.ouAnalysis ?? []).map((ou) => [ou, reason]),
    ...(analysis.rcpAnalysis?.ouAnalysis ?? []).map((ou) => [ou, reason]),
    [analysis.resourceAnalysis, (one) => [request.resource_policy[0], reason(one)[1]]],
    [analysis.identityAnalysis, reason],
    [analysis.permissionBoundaryAnalysis, reason],
    [analysis.sessionAnalysis, ({ statement }) => ofSession(session, statement.index())]
  ].filter(([layer]) => layer)
  const all = (kind) => layers.flatMap(([layer, name]) => layer[kind].map(name))
  const { result } = analysis
  return {
    ...EMPTY,
    result,
    denied_by: result === 'ExplicitlyDenied' ? all('denyStatements') : [],
    allowed_by: result === 'Allowed' ? all('allowStatements') : [],
    missing_allow: result === 'ImplicitlyDenied' ? missing(analysis, request) : []
  }
}

// The layers whose allow is missing. Identity and resource policies are named when what they say
// together is not enough; with a silent session policy the simulator does not go on to ask that.
function missing(analysis, request) {
  const { identityAnalysis, resourceAnalysis, permissionBoundaryAnalysis, sessionAnalysis } = analysis
  const silent = (layer) => layer?.result === 'ImplicitlyDenied'
  const found = (analysis.scpAnalysis?.ouAnalysis ?? [])
    .filter(silent)
    .map(({ orgIdentifier }) => `SCP at ${orgIdentifier}`)
  const grants = (analysis.blockedBy ?? []).length > 0
  const unheard = ['ImplicitlyDenied', 'NotApplicable'].includes(resourceAnalysis?.result)
  if (!grants && !silent(sessionAnalysis) && unheard) found.push('resource policy')
  if (!grants && silent(identityAnalysis)) found.push('identity policies')
  if (silent(permissionBoundaryAnalysis)) found.push(`boundary ${request.boundary[0]}`)
  if (silent(sessionAnalysis)) found.push('session policies')
  return found
}

const verdicts = []
for (const request of requests) {
  try {
    verdicts.push(await evaluate(request))
  } catch (error) {
    if (!(error instanceof Mistake)) throw error
    verdicts.push({ ...EMPTY, error: error.message })
  }
}
process.stdout.write(JSON.stringify(verdicts))
